// The average of the samples of each pixel: a full-screen triangle over a picture of the same size.
// A driver's own blit does the same, but a software driver compiles it anew in every process.

#ifdef VERTEX
void main() {
    gl_Position = vec4(vec2(gl_VertexID & 1, (gl_VertexID >> 1) & 1) * 4.0 - 1.0, 0.0, 1.0);
}
#endif

#ifdef FRAGMENT
uniform sampler2DMS t_picture;
uniform int u_samples;
out vec4 f_color;

void main() {
    vec4 sum = vec4(0.0);
    for (int i = 0; i < u_samples; ++i) {
        sum += texelFetch(t_picture, ivec2(gl_FragCoord.xy), i);
    }
    f_color = sum / float(u_samples);
}
#endif
