// Where there is no value: a hatched patch on the floor under the hole, as on a map. No height
// is made up for it. Positions are in world space, the stripes too, so that they turn with it.

#include "include/pane.glsl"

#ifdef VERTEX
in vec3 in_position;
out vec3 v_world;

void main() {
    v_world = in_position;
    gl_Position = u_world_to_clip * vec4(in_position, 1.0);
}
#endif

#ifdef FRAGMENT
uniform vec4 u_stripe;       // rgb; a: opacity of a stripe
uniform float u_period;      // world units from stripe to stripe

in vec3 v_world;
out vec4 f_color;

void main() {
    float at = (v_world.x + v_world.y) / u_period;
    float per_px = max(fwidth(at), 1e-6);
    float off_px = (abs(fract(at) - 0.5) - 0.16) / per_px;
    float stripe = clamp(0.5 - off_px, 0.0, 1.0);
    // Stripes finer than pixels become the shade that they add up to.
    stripe = mix(stripe, 0.32, smoothstep(0.3, 0.8, per_px));
    f_color = vec4(u_stripe.rgb, u_stripe.a * (0.30 + 0.70 * stripe));
}
#endif
