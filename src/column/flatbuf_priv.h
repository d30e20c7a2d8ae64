/* flatbuf_priv.h - the part of FlatBuffers that Arrow's metadata needs, both ways.
 *
 * Writer: tables are laid down front to back.  A table is written with its numbers filled in and
 * its references (4-byte forward offsets) zero; what they refer to is written behind it and linked.
 * Reader: every access is checked against the bytes; a wrong offset reads as "absent" and sets
 * `bad`.
 */
#ifndef MR_COLUMN_FLATBUF_PRIV_H
#define MR_COLUMN_FLATBUF_PRIV_H

#include "base/base.h"

#define MR_FLATBUF_FIELDS 8 /* most fields of one table we write */

/* One field of a table to write: size 0 = absent; references have size 4 and value 0. */
typedef struct mr_flatbuf_field {
    uint8_t size;
    int64_t value;
} mr_flatbuf_field;

/* Starts a buffer: the root reference, to be linked.  Returns `base`, where offsets count from. */
size_t mr_flatbuf_start(mr_buf *buf);
/* Writes a table; at[i] receives the position of field i, for mr_flatbuf_link.  Returns its
 * position. */
size_t mr_flatbuf_table(mr_buf *buf, size_t base, const mr_flatbuf_field *fields, int n_fields,
                        size_t at[MR_FLATBUF_FIELDS]);
/* Lets the reference at `from` refer to `target`, which lies behind it. */
void mr_flatbuf_link(mr_buf *buf, size_t from, size_t target);
size_t mr_flatbuf_string(mr_buf *buf, size_t base, mr_str text);
/* A vector of n elements of `size` bytes, zeroed; returns its position, elements follow 4 bytes on.
 */
size_t mr_flatbuf_vector(mr_buf *buf, size_t base, size_t n, size_t size, size_t align);

typedef struct mr_flatbuf_reader {
    mr_str bytes;
    bool bad; /* some offset led outside */
} mr_flatbuf_reader;

/* A table: position 0 = absent. */
typedef struct mr_flatbuf_view {
    mr_flatbuf_reader *reader;
    size_t at;
    size_t vtable;
    size_t vtable_size;
    size_t size;
} mr_flatbuf_view;

mr_flatbuf_view mr_flatbuf_root(mr_flatbuf_reader *reader);
/* Scalars of 1, 2, 4 or 8 bytes, sign-extended. */
int64_t mr_flatbuf_get(const mr_flatbuf_view *view, int field, size_t size, int64_t absent);
mr_flatbuf_view mr_flatbuf_get_table(const mr_flatbuf_view *view, int field);
mr_str mr_flatbuf_get_string(const mr_flatbuf_view *view, int field);
/* Elements of a vector of `size`-byte elements: *n of them, their position returned. */
size_t mr_flatbuf_get_vector(const mr_flatbuf_view *view, int field, size_t size, size_t *n);
/* Element i of a vector of tables at `vector`. */
mr_flatbuf_view mr_flatbuf_vector_table(mr_flatbuf_reader *reader, size_t vector, size_t i);

#endif /* MR_COLUMN_FLATBUF_PRIV_H */
