// The colour of a line on top of `albedo`: darker where the surface is bright, brighter where
// it is dark, so that an iso-line is seen on every part of a colour map.
vec3 ink_on(vec3 albedo) {
    float luminance = dot(albedo, vec3(0.2126, 0.7152, 0.0722));
    vec3 dark = albedo * 0.30;
    vec3 bright = mix(albedo, vec3(1.0), 0.62);
    return mix(bright, dark, smoothstep(0.10, 0.26, luminance));
}
