// From a place on the colour scale to a colour; glviz/scene/palette.py makes the table.
uniform sampler2D t_colormap;    // RGBA8, n x 1
uniform vec4 u_below;            // rgb: of places below 0; a: 1 if used, else they are drawn like 0
uniform vec4 u_above;            // likewise beyond 1

const float BEYOND = 1e-5;       // what rounding may carry a value at an end beyond it

vec3 map_color(float unit) {
    if (u_below.a > 0.5 && unit < -BEYOND) return u_below.rgb;
    if (u_above.a > 0.5 && unit > 1.0 + BEYOND) return u_above.rgb;
    float n = float(textureSize(t_colormap, 0).x);
    return texture(t_colormap, vec2((clamp(unit, 0.0, 1.0) * (n - 1.0) + 0.5) / n, 0.5)).rgb;
}
