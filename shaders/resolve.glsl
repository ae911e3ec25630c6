// The average of the four samples of each pixel: a full-screen triangle over a picture of the same
// size. A driver's own blit does the same, but a software driver compiles it anew in every process.
// Four reads written out take half the time of a loop there.

#ifdef VERTEX
void main() {
    gl_Position = vec4(vec2(gl_VertexID & 1, (gl_VertexID >> 1) & 1) * 4.0 - 1.0, 0.0, 1.0);
}
#endif

#ifdef FRAGMENT
uniform sampler2DMS t_picture;
out vec4 f_color;

void main() {
    ivec2 p = ivec2(gl_FragCoord.xy);
    vec4 sum = texelFetch(t_picture, p, 0) + texelFetch(t_picture, p, 1)
             + texelFetch(t_picture, p, 2) + texelFetch(t_picture, p, 3);
    f_color = 0.25 * sum;
}
#endif
