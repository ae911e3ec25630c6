// Light that never hides the colour: a key light beside the camera, a dimmer fill light from
// the other side, and a sky that is brighter above than below. The factor stays within
// [0.35, 1.2], so a hue on the surface can be found on the scalar bar.
vec3 shade(vec3 albedo, vec3 normal_w, vec3 p_world) {
    vec3 to_eye = normalize(u_eye.xyz - p_world);
    vec3 n = dot(normal_w, to_eye) < 0.0 ? -normal_w : normal_w;
    float key = max(dot(n, u_key_light.xyz), 0.0);
    float fill = max(dot(n, u_fill_light.xyz), 0.0);
    float sky = 0.5 + 0.5 * n.z;
    float lit = clamp(0.36 + 0.16 * sky + 0.58 * key + 0.16 * fill, 0.35, 1.2);
    vec3 halfway = normalize(u_key_light.xyz + to_eye);
    float gloss = 0.10 * pow(max(dot(n, halfway), 0.0), 40.0);
    float strength = u_fill_light.w;
    return albedo * mix(1.0, lit, strength) + gloss * strength;
}
