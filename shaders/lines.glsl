// Lines of any width: one instanced quad a segment, the distance to the segment in the
// fragment shader gives round caps, joins and smooth edges.
//
//      +-----------------------+      the quad reaches half a width and a pixel of
//      |  (a)-------------(b)  |      smoothing beyond both ends
//      +-----------------------+
//
// Segments are clipped to the near plane before the division by w: an end behind the eye
// would otherwise come out mirrored in front of it.

#include "include/pane.glsl"

uniform float u_depth_bias;    // towards the eye, in normalised depth: lines lie on surfaces
uniform float u_opacity;

#ifdef VERTEX
in vec3 in_a;
in vec3 in_b;
in vec4 in_color;
in vec4 in_style;              // x: width in px; y: dash period in world units, 0 solid; z, w: length along
                               // the polyline at a and b
out vec2 v_px;                 // place in the segment's own frame: along, across
flat out float v_length_px;
flat out float v_half_px;
flat out vec4 v_color;
flat out float v_dash;
out float v_along;
out vec3 v_world;

const float NEAR_W = 1e-3;

void main() {
    vec4 a = u_world_to_clip * vec4(in_a, 1.0);
    vec4 b = u_world_to_clip * vec4(in_b, 1.0);
    float cut_a = a.w < NEAR_W ? (NEAR_W - a.w) / (b.w - a.w) : 0.0;
    float cut_b = b.w < NEAR_W ? (NEAR_W - a.w) / (b.w - a.w) : 1.0;
    if (a.w < NEAR_W && b.w < NEAR_W) {
        gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
        return;
    }
    vec4 whole_a = a, whole_b = b;
    a = mix(whole_a, whole_b, cut_a);
    b = mix(whole_a, whole_b, cut_b);

    vec2 half_view = 0.5 * u_viewport_px.xy;
    vec2 pa = a.xy / a.w * half_view, pb = b.xy / b.w * half_view;
    vec2 direction = pb - pa;
    float length_px = length(direction);
    direction = length_px > 1e-6 ? direction / length_px : vec2(1.0, 0.0);
    vec2 across = vec2(-direction.y, direction.x);

    float half_px = 0.5 * in_style.x * u_ink.a;
    float reach = half_px + 1.0;
    float t = float(gl_VertexID & 1);                    // 0 at a, 1 at b
    float side = float((gl_VertexID >> 1) & 1) * 2.0 - 1.0;
    float along_px = mix(-reach, length_px + reach, t);
    vec2 p = pa + direction * along_px + across * side * reach;

    float at = clamp(along_px / max(length_px, 1e-6), 0.0, 1.0);
    // Depth after the division is linear on the screen; before it, it is not.
    float depth = mix(a.z / a.w, b.z / b.w, at) - u_depth_bias;
    gl_Position = vec4(p / half_view, depth, 1.0);

    v_px = vec2(along_px, side * reach);
    v_length_px = length_px;
    v_half_px = half_px;
    v_color = in_color;
    v_dash = in_style.y;
    v_along = mix(in_style.z, in_style.w, mix(cut_a, cut_b, at));
    v_world = mix(in_a, in_b, mix(cut_a, cut_b, at));
}
#endif

#ifdef FRAGMENT
in vec2 v_px;
flat in float v_length_px;
flat in float v_half_px;
flat in vec4 v_color;
flat in float v_dash;
in float v_along;
in vec3 v_world;
out vec4 f_color;

void main() {
    if (is_clipped(v_world)) discard;
    float beyond = max(max(-v_px.x, v_px.x - v_length_px), 0.0);
    float distance_px = length(vec2(beyond, v_px.y));
    float cover = clamp(v_half_px + 0.5 - distance_px, 0.0, 1.0);
    if (v_dash > 0.0 && fract(v_along / v_dash) > 0.55) discard;
    cover *= v_color.a * u_opacity;
    if (cover < 0.004) discard;
    f_color = vec4(v_color.rgb, cover);
}
#endif
