/* vec.h - one column of values in flight, and batches of them.
 *
 * A vector has n rows.  `data` is a plain array of the type's C representation:
 *     boolean uint8_t; byte..long int8_t..int64_t; float, double; decimal mr_int128 (unscaled);
 *     string, char, varchar, binary mr_str (views; the bytes live in the input chunk or an arena);
 *     date int32_t days; timestamps int64_t us; year-month int32_t months; day-time int64_t us;
 *     calendar interval mr_interval.
 * valid: NULL = no nulls, else one byte a row, 1 = valid.  Data of a null row is undefined but
 * readable; a null mr_str may hold garbage and must not be followed.
 * constant: row 0 stands for all rows.
 * Structs: children[i] has n rows; a null struct row has valid 0 (children undefined there).
 * Arrays: offsets[n+1] into children[0]; maps: into children[0] keys and children[1] values.
 * All memory belongs to an arena; vectors are never freed singly.
 */
#ifndef MR_COLUMN_VEC_H
#define MR_COLUMN_VEC_H

#include "column/type.h"

__extension__ typedef __int128 mr_int128;
__extension__ typedef unsigned __int128 mr_uint128;

typedef struct mr_interval {
    int32_t months;
    int32_t days;
    int64_t us;
} mr_interval;

typedef struct mr_vec mr_vec;
struct mr_vec {
    const mr_type *type;
    int32_t n;
    bool constant;
    uint8_t *valid;
    union {
        void *data;
        uint8_t *u8;
        int8_t *i8;
        int16_t *i16;
        int32_t *i32;
        int64_t *i64;
        float *f32;
        double *f64;
        mr_int128 *i128;
        mr_str *str;
        mr_interval *interval;
    };
    /* From a reader: 1 = the null of this row was read as such, not for want of a value or a good
     * one.  NULL = for no row. */
    const uint8_t *told;
    int32_t *offsets;
    mr_vec *children; /* struct: type->n_fields of them; array: 1; map: 2 */
};

/* Which rows take part: `rows` ascending, or NULL for 0..n-1. */
typedef struct mr_sel {
    const int32_t *rows;
    int32_t n;
} mr_sel;

static inline int32_t mr_sel_row(mr_sel sel, int32_t i)
{
    return sel.rows == NULL ? i : sel.rows[i];
}

static inline int32_t mr_vec_index(const mr_vec *vec, int32_t row)
{
    return vec->constant ? 0 : row;
}

static inline bool mr_vec_is_null(const mr_vec *vec, int32_t row)
{
    return vec->type->id == MR_TYPE_NULL ||
           (vec->valid != NULL && !vec->valid[mr_vec_index(vec, row)]);
}

#define MR_BATCH_ROWS 2048 /* rows a decoder aims for in one batch */

typedef struct mr_batch {
    const mr_type *schema; /* a struct, one field per column */
    int32_t n;             /* rows in the vectors */
    mr_sel sel;            /* rows that exist; sel.rows == NULL: all, then sel.n == n */
    mr_vec *cols;
} mr_batch;

/* A vector of n rows with data (undefined) for the type, valid NULL; children are made for structs;
 * arrays and maps get offsets (zeroed) but no children data. */
void mr_vec_init(mr_vec *vec, mr_arena *arena, const mr_type *type, int32_t n);
/* Makes a vector n >= vec->n rows long, keeping the rows it has (amortised constant cost a row);
 * the new rows are undefined, valid if there is a validity array.  For element vectors of arrays
 * and maps: start from the children that mr_vec_init made (0 rows).  vec must not be constant. */
void mr_vec_grow(mr_vec *vec, mr_arena *arena, int32_t n);
/* Marks one row null, children's offsets included (rows of nested vectors are filled in order). */
void mr_vec_set_null(mr_vec *vec, mr_arena *arena, int32_t row);
/* Gives vec a validity array, all valid, unless it has one. */
void mr_vec_need_valid(mr_vec *vec, mr_arena *arena);
/* A constant null of the type. */
void mr_vec_init_null(mr_vec *vec, mr_arena *arena, const mr_type *type, int32_t n);
/* Dense copy of the selected rows (structure and strings' bytes shared with src unless `deep`). */
void mr_vec_gather(mr_vec *out, const mr_vec *src, mr_sel sel, mr_arena *arena, bool deep);
/* A batch with n_fields uninitialised vectors; sel covers all n rows. */
mr_batch *mr_batch_new(mr_arena *arena, const mr_type *schema, int32_t n);
/* Dense deep copy of a batch into `arena`, schema included: safe to keep. */
mr_batch *mr_batch_copy(mr_arena *arena, const mr_batch *batch);
/* Appends rows of several batches of one schema into one dense batch. */
mr_batch *mr_batch_concat(mr_arena *arena, const mr_type *schema, const mr_batch *const *batches,
                          int n_batches);
/* Compares two values of one type: -1, 0, 1 in Spark's sort order (NaN largest, -0.0 = 0.0,
 * structs field by field, nulls first inside nested values).  Both must be non-null. */
int mr_vec_compare(const mr_vec *a, int32_t row_a, const mr_vec *b, int32_t row_b);
/* Approximate bytes held by the rows, for accounts. */
size_t mr_batch_bytes(const mr_batch *batch);

#endif /* MR_COLUMN_VEC_H */
