// Shared by every program: the camera and the viewport of the pane being drawn.
// Mirrors the struct that glviz/render/pane_block.py writes; std140, so vec4s only.
layout(std140) uniform Pane {
    mat4 u_world_to_clip;
    vec4 u_viewport_px;    // width, height, 1 / width, 1 / height
    vec4 u_eye;            // xyz: eye in world space; w: 1 if the projection is parallel
    vec4 u_key_light;      // xyz: unit vector towards the key light, world space
    vec4 u_fill_light;     // xyz: unit vector towards the fill light; w: strength of shading, 0 to 1
    vec4 u_clip_plane;     // hidden where dot(xyz, p_world) > w; all 0 for no clipping
    vec4 u_ink;            // rgb of lines and text against the background; a: pixel scale
};

bool is_clipped(vec3 p_world) {
    return dot(u_clip_plane.xyz, p_world) > u_clip_plane.w && u_clip_plane.xyz != vec3(0.0);
}
