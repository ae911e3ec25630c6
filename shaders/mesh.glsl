// Triangles with a value at each vertex: meshes that are no lattice, and the wall under a cut.
// Positions are in world space; normals are those of the triangles (flat), from derivatives.

#include "include/pane.glsl"

#ifdef VERTEX
in vec3 in_position;
in float in_unit;          // place on the colour scale, 0 to 1 between its ends
out vec3 v_world;
out float v_unit;

void main() {
    v_world = in_position;
    v_unit = in_unit;
    gl_Position = u_world_to_clip * vec4(in_position, 1.0);
}
#endif

#ifdef FRAGMENT
#include "include/shade.glsl"
#include "include/colors.glsl"

uniform vec4 u_blend;      // rgb: colour to blend towards; a: how far

in vec3 v_world;
in float v_unit;
out vec4 f_color;

void main() {
    vec3 albedo = map_color(v_unit);
    vec3 normal_w = normalize(cross(dFdx(v_world), dFdy(v_world)));
    vec3 lit = shade(albedo, normal_w, v_world);
    f_color = vec4(mix(lit, u_blend.rgb, u_blend.a), 1.0);
}
#endif
