// A full-screen triangle that copies the drawn picture into the window.

#ifdef VERTEX
out vec2 v_uv;

void main() {
    v_uv = vec2(gl_VertexID & 1, (gl_VertexID >> 1) & 1) * 2.0;
    gl_Position = vec4(v_uv * 2.0 - 1.0, 0.0, 1.0);
}
#endif

#ifdef FRAGMENT
uniform sampler2D t_picture;
in vec2 v_uv;
out vec4 f_color;

void main() {
    f_color = vec4(texture(t_picture, v_uv).rgb, 1.0);
}
#endif
