// The height field: a lattice of samples drawn as a shaded, coloured surface with iso-lines.
//
// Spaces
//   index   q in [0, nx-1] x [0, ny-1]: sample (i, j) of the data lies at q = (i, j)
//   world   where the camera is; x and y come from the axis textures, so the lattice may be
//           unevenly spaced, and z = top * drawn height
//   drawn   heights in [0, 1]: the texture's value mapped by (offset, factor) and clamped
//
// The mesh has no vertex buffer and need not have the data's resolution: gl_VertexID gives a
// place in index space. Height, normal, colour and iso-lines are worked out again for each
// fragment from the full-resolution texture. All reads are texelFetch with the weights
// computed here: hardware filtering has 8-bit weights on many GPUs, which shows as steps in
// the iso-lines of a small grid.
//
//        o---o---o---o      the 12 texels around a cell: the inner four give the value (a
//        |   | q |   |      bilinear patch), all of them the gradient (central differences
//        o---X---X---o      at the four corners, themselves interpolated: smooth shading)
//            |   |
//
// A cell with a not finite or pending corner is left out whole, as in the file's own faces.

#include "include/pane.glsl"

uniform sampler2D t_height;      // R32F, nx x ny, in [0, 1] over the data's whole range
uniform sampler2D t_x;           // R32F, nx x 1, world x of each column
uniform sampler2D t_y;           // R32F, ny x 1, world y of each row
uniform ivec2 u_mesh_cells;      // cells of the drawn mesh in x and y
uniform vec3 u_height_map;       // offset, factor, top

// Drawn, but beyond [0, 1] where the value lies beyond the ends of the scale.
float free_height(ivec2 texel) {
    return (texelFetch(t_height, texel, 0).r - u_height_map.x) * u_height_map.y;
}

float drawn_height(ivec2 texel) { return clamp(free_height(texel), 0.0, 1.0); }

// The cell that q lies in (its lower corner) and the place inside it.
ivec2 cell_of(vec2 q, out vec2 inside) {
    ivec2 size = textureSize(t_height, 0);
    ivec2 cell = clamp(ivec2(floor(q)), ivec2(0), size - 2);
    inside = clamp(q - vec2(cell), 0.0, 1.0);
    return cell;
}

#ifdef VERTEX
out vec2 v_q;
out vec3 v_world;

void main() {
    int columns = u_mesh_cells.x + 1;
    ivec2 place = ivec2(gl_VertexID % columns, gl_VertexID / columns);
    ivec2 size = textureSize(t_height, 0);
    vec2 q = vec2(place) / vec2(u_mesh_cells) * vec2(size - 1);

    vec2 f;
    ivec2 c = cell_of(q, f);
    float near_row = mix(free_height(c), free_height(c + ivec2(1, 0)), f.x);
    float far_row = mix(free_height(c + ivec2(0, 1)), free_height(c + ivec2(1, 1)), f.x);
    float x = mix(texelFetch(t_x, ivec2(c.x, 0), 0).r, texelFetch(t_x, ivec2(c.x + 1, 0), 0).r, f.x);
    float y = mix(texelFetch(t_y, ivec2(c.y, 0), 0).r, texelFetch(t_y, ivec2(c.y + 1, 0), 0).r, f.y);

    v_q = q;
    v_world = vec3(x, y, clamp(mix(near_row, far_row, f.y), 0.0, 1.0) * u_height_map.z);
    gl_Position = u_world_to_clip * vec4(v_world, 1.0);
}
#endif

#ifdef FRAGMENT
#include "include/shade.glsl"
#include "include/ink.glsl"
#include "include/colors.glsl"

const int MAX_LEVELS = 64;

uniform sampler2D t_color;       // R32F like t_height, for a colour of its own
uniform sampler2D t_valid;       // R8, 1 where the sample is drawn
uniform vec2 u_color_map;        // offset, factor
uniform int u_color_is_height;   // 1: t_color is not read
uniform int u_labels;            // 1: colours are labels, each drawn as far as its sample is the nearest
uniform int u_all_valid;         // 1: t_valid is not read
uniform int u_level_count;       // 0: no iso-lines
uniform float u_opacity;         // of the surface between its lines
uniform vec2 u_wire;             // cells of the file a cell of the texture; 0: no wireframe
uniform vec4 u_line;             // rgb; a: 0 for ink, 1 for rgb, 2 for a dark shade of the ground
uniform vec4 u_levels[MAX_LEVELS];   // x: drawn height, ascending; y: 1 if emphasised

in vec2 v_q;
in vec3 v_world;
out vec4 f_color;

float column_x(int i) { return texelFetch(t_x, ivec2(i, 0), 0).r; }
float row_y(int j) { return texelFetch(t_y, ivec2(j, 0), 0).r; }

float free_color(ivec2 texel) {
    return (texelFetch(t_color, texel, 0).r - u_color_map.x) * u_color_map.y;
}

// The colour of the nearest sample: labels have nothing between them. Colours, not numbers, are mixed,
// and within the pixel that a border runs through only, so that it is smooth.
vec3 label_color(ivec2 c, vec2 f) {
    vec2 per_px = vec2(length(vec2(dFdx(v_q.x), dFdy(v_q.x))), length(vec2(dFdx(v_q.y), dFdy(v_q.y))));
    vec2 far = clamp((f - 0.5) / max(per_px, 1e-6) + 0.5, 0.0, 1.0);
    return mix(mix(map_color(free_color(c)), map_color(free_color(c + ivec2(1, 0))), far.x),
               mix(map_color(free_color(c + ivec2(0, 1))), map_color(free_color(c + ivec2(1, 1))), far.x), far.y);
}

// How much of this pixel an iso-line covers. `per_px`: change of the height per pixel; `range`:
// lowest and highest sample around, outside of which a level is not reached.
float line_cover(float height, float per_px, vec2 range) {
    if (u_level_count == 0 || per_px < 1e-7) return 0.0;
    int low = 0, high = u_level_count;          // first level >= height, by bisection
    while (low < high) {
        int middle = (low + high) / 2;
        if (u_levels[middle].x < height) low = middle + 1; else high = middle;
    }
    int above = min(low, u_level_count - 1), below = max(low - 1, 0);
    float to_above = abs(u_levels[above].x - height), to_below = abs(u_levels[below].x - height);
    int nearest = to_above < to_below ? above : below;
    if (u_levels[nearest].x < range.x || u_levels[nearest].x > range.y) return 0.0;
    float distance_px = min(to_above, to_below) / per_px;
    float half_px = 0.5 * (u_levels[nearest].y > 0.5 ? 2.1 : 1.2) * u_ink.a;
    float cover = clamp(half_px + 0.5 - distance_px, 0.0, 1.0);
    // Where lines come closer than a few pixels they would merge into a stain.
    float gap = above == below ? 1.0 : u_levels[above].x - u_levels[below].x;
    return cover * smoothstep(1.8, 5.0, gap / per_px / u_ink.a);
}

// How much of this pixel the lines of the file's grid cover. Finer than pixels, they fade.
float wire_cover(vec2 q) {
    vec2 at = q * u_wire;
    vec2 per_px = max(vec2(length(vec2(dFdx(at.x), dFdy(at.x))), length(vec2(dFdx(at.y), dFdy(at.y)))), 1e-6);
    vec2 off_px = abs(fract(at - 0.5) - 0.5) / per_px;
    vec2 cover = clamp(0.45 * u_ink.a + 0.5 - off_px, 0.0, 1.0) * (1.0 - smoothstep(0.18, 0.45, per_px));
    return max(cover.x, cover.y);
}

void main() {
    if (is_clipped(v_world)) discard;
    vec2 f;
    ivec2 c = cell_of(v_q, f);
    if (u_all_valid == 0) {
        float corners = texelFetch(t_valid, c, 0).r * texelFetch(t_valid, c + ivec2(1, 0), 0).r
                      * texelFetch(t_valid, c + ivec2(0, 1), 0).r * texelFetch(t_valid, c + ivec2(1, 1), 0).r;
        if (corners < 0.5) discard;
    }
    ivec2 last = textureSize(t_height, 0) - 1;
    int x0 = max(c.x - 1, 0), x3 = min(c.x + 2, last.x);
    int y0 = max(c.y - 1, 0), y3 = min(c.y + 2, last.y);

    // Interpolated first and clamped then: a plateau is cut off along a smooth line.
    float g00 = free_height(c), g10 = free_height(c + ivec2(1, 0));
    float g01 = free_height(c + ivec2(0, 1)), g11 = free_height(c + ivec2(1, 1));
    float h00 = clamp(g00, 0.0, 1.0), h10 = clamp(g10, 0.0, 1.0);
    float h01 = clamp(g01, 0.0, 1.0), h11 = clamp(g11, 0.0, 1.0);
    float free = mix(mix(g00, g10, f.x), mix(g01, g11, f.x), f.y);
    float height = clamp(free, 0.0, 1.0);
    bool plateau = free < -BEYOND || free > 1.0 + BEYOND;

    // Slopes d(drawn)/d(world) at the four corners, then at q.
    float xa = column_x(x0), xb = column_x(c.x), xc = column_x(c.x + 1), xd = column_x(x3);
    float ya = row_y(y0), yb = row_y(c.y), yc = row_y(c.y + 1), yd = row_y(y3);
    float w0 = drawn_height(ivec2(x0, c.y)), w1 = drawn_height(ivec2(x0, c.y + 1));
    float e0 = drawn_height(ivec2(x3, c.y)), e1 = drawn_height(ivec2(x3, c.y + 1));
    float s0 = drawn_height(ivec2(c.x, y0)), s1 = drawn_height(ivec2(c.x + 1, y0));
    float n0 = drawn_height(ivec2(c.x, y3)), n1 = drawn_height(ivec2(c.x + 1, y3));
    vec2 sx_near = vec2((h10 - w0) / (xc - xa), (e0 - h00) / (xd - xb));
    vec2 sx_far = vec2((h11 - w1) / (xc - xa), (e1 - h01) / (xd - xb));
    vec2 sy_left = vec2((h01 - s0) / (yc - ya), (n0 - h00) / (yd - yb));
    vec2 sy_right = vec2((h11 - s1) / (yc - ya), (n1 - h10) / (yd - yb));
    float slope_x = mix(mix(sx_near.x, sx_near.y, f.x), mix(sx_far.x, sx_far.y, f.x), f.y);
    float slope_y = mix(mix(sy_left.x, sy_left.y, f.y), mix(sy_right.x, sy_right.y, f.y), f.x);
    vec3 normal_w = plateau ? vec3(0.0, 0.0, 1.0)
        : normalize(vec3(-slope_x * u_height_map.z, -slope_y * u_height_map.z, 1.0));

    vec3 albedo;
    if (u_labels == 1) {
        albedo = label_color(c, f);
    } else {
        float unit = free;
        if (u_color_is_height == 0) {
            unit = mix(mix(free_color(c), free_color(c + ivec2(1, 0)), f.x),
                       mix(free_color(c + ivec2(0, 1)), free_color(c + ivec2(1, 1)), f.x), f.y);
        }
        albedo = map_color(unit);
    }

    // The chain rule on the bilinear patch: exact inside a cell, where fwidth(height) would
    // jump at the edges of the mesh's triangles.
    vec2 patch_slope = vec2(mix(g10 - g00, g11 - g01, f.y), mix(g01 - g00, g11 - g10, f.x));
    float per_px = length(vec2(dot(patch_slope, dFdx(v_q)), dot(patch_slope, dFdy(v_q))));
    vec3 lit = shade(albedo, normal_w, v_world);
    // Beside a peak that just fails to reach a level the slope is so small that the level seems
    // near; no line is drawn where none of the samples around reaches it. Cells smaller than
    // two pixels have their lines further off than those samples are.
    vec2 range = vec2(0.0, 1.0);
    if (max(length(dFdx(v_q)), length(dFdy(v_q))) < 0.5) {
        vec4 a = vec4(h00, h10, h01, h11), b = vec4(w0, w1, e0, e1), d = vec4(s0, s1, n0, n1);
        vec4 low = min(a, min(b, d)), high = max(a, max(b, d));
        range = vec2(min(min(low.x, low.y), min(low.z, low.w)), max(max(high.x, high.y), max(high.z, high.w)));
    }
    float cover = plateau ? 0.0 : line_cover(height, per_px, range);
    vec3 line = u_line.a < 0.5 ? ink_on(lit) : u_line.a < 1.5 ? u_line.rgb : albedo * mix(1.0, 0.45, u_opacity);
    vec3 color = lit;
    float opacity = u_opacity;
    if (u_wire.x > 0.0) {
        float wire = 0.45 * wire_cover(v_q);
        color = mix(color, ink_on(lit), wire);
        opacity = mix(opacity, 1.0, wire);
    }
    f_color = vec4(mix(color, line, (u_line.a > 0.5 ? 1.0 : 0.85) * cover), mix(opacity, 1.0, cover));
    if (f_color.a < 0.004) discard;
}
#endif
