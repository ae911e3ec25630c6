// Points with a meaning, each kind by shape as well as by colour: a quad that faces the
// screen, the shape as a signed distance (after the 2-D distance functions that I. Quilez
// collects), a light rim so that it stands out on any colour.

#include "include/pane.glsl"

uniform float u_depth_bias;
uniform float u_opacity;

#ifdef VERTEX
in vec3 in_position;
in vec4 in_color;
in vec2 in_style;              // x: radius in px; y: shape
out vec2 v_p;                  // px from the centre, y up
flat out float v_radius;
flat out vec4 v_color;
flat out int v_shape;

void main() {
    vec4 clip = u_world_to_clip * vec4(in_position, 1.0);
    bool hidden = clip.w < 1e-3 || is_clipped(in_position);
    float radius = in_style.x * u_ink.a;
    vec2 corner = vec2(gl_VertexID & 1, (gl_VertexID >> 1) & 1) * 2.0 - 1.0;
    v_p = corner * (radius + 3.0 * u_ink.a);
    v_radius = radius;
    v_color = in_color;
    v_shape = int(in_style.y + 0.5);
    vec2 ndc = clip.xy / clip.w + v_p * 2.0 * u_viewport_px.zw;
    gl_Position = hidden ? vec4(2.0, 2.0, 2.0, 1.0) : vec4(ndc, clip.z / clip.w - u_depth_bias, 1.0);
}
#endif

#ifdef FRAGMENT
in vec2 v_p;
flat in float v_radius;
flat in vec4 v_color;
flat in int v_shape;
out vec4 f_color;

const int TRIANGLE_DOWN = 0, TRIANGLE_UP = 1, CROSS = 2, DISC = 3, STAR = 4;
const int HOLLOW = 8;                   // added to a shape: its outline alone

float triangle(vec2 p, float r) {       // equilateral, pointing up
    const float k = 1.7320508;
    p.x = abs(p.x) - r;
    p.y = p.y + r / k;
    if (p.x + k * p.y > 0.0) p = vec2(p.x - k * p.y, -k * p.x - p.y) / 2.0;
    p.x -= clamp(p.x, -2.0 * r, 0.0);
    return -length(p) * sign(p.y);
}

float crossing(vec2 p, float r) {       // two bars at right angles, turned by 45 degrees
    p = abs(vec2(p.x + p.y, p.x - p.y) * 0.70710678);
    if (p.y > p.x) p = p.yx;
    vec2 bar = abs(p) - vec2(r, 0.28 * r);
    return length(max(bar, 0.0)) + min(max(bar.x, bar.y), 0.0);
}

float star(vec2 p, float r) {           // five points, pointing up
    const vec2 k1 = vec2(0.809016994, -0.587785252), k2 = vec2(-0.809016994, -0.587785252);
    p.x = abs(p.x);
    p -= 2.0 * max(dot(k1, p), 0.0) * k1;
    p -= 2.0 * max(dot(k2, p), 0.0) * k2;
    p.x = abs(p.x);
    p.y -= r;
    vec2 ba = 0.45 * vec2(-k1.y, k1.x) - vec2(0.0, 1.0);
    float h = clamp(dot(p, ba) / dot(ba, ba), 0.0, r);
    return length(p - ba * h) * sign(p.y * ba.x - p.x * ba.y);
}

void main() {
    float d;
    bool hollow = v_shape >= HOLLOW;
    int shape = hollow ? v_shape - HOLLOW : v_shape;
    if (shape == TRIANGLE_DOWN) d = triangle(vec2(v_p.x, -v_p.y), v_radius);
    else if (shape == TRIANGLE_UP) d = triangle(v_p, v_radius);
    else if (shape == CROSS) d = crossing(v_p, v_radius);
    else if (shape == STAR) d = star(v_p, v_radius);
    else d = length(v_p) - v_radius;
    float rim_px = 1.5 * u_ink.a;
    float cover = clamp(rim_px + 0.5 - d, 0.0, 1.0) * v_color.a * u_opacity;
    if (cover < 0.004) discard;
    vec3 rim = vec3(1.0);
    float ink = clamp(0.5 - d, 0.0, 1.0);
    if (hollow) ink *= clamp(d + 1.3 * u_ink.a + 0.5, 0.0, 1.0);
    f_color = vec4(mix(rim, v_color.rgb, ink), cover);
}
#endif
