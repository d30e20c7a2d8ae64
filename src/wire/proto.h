/* proto.h - protobuf messages read into, and written from, plain structs by tables of fields.
 *
 * A table says, per field number, which member of the struct it goes to; one table serves both
 * directions.  Strings and bytes that were read are views into the input, which must live as long
 * as the struct; everything else is in the caller's arena.  Input is hostile: lengths, depth,
 * number of messages and allocated bytes are bounded, groups are refused, unknown fields are
 * skipped.
 */
#ifndef MR_WIRE_PROTO_H
#define MR_WIRE_PROTO_H

#include "base/base.h"

#define MR_PB_DEPTH_MAX    1024          /* as Spark's own server */
#define MR_PB_MESSAGES_MAX 100000        /* messages in one message */
#define MR_PB_MEMORY_MAX   (64ULL << 20) /* bytes allocated for one message */

typedef enum mr_pb_kind {
    MR_PB_BOOL = 1,  /* bool */
    MR_PB_I32,       /* int, int32_t */
    MR_PB_I32_64,    /* int32 on the wire, int64_t in the struct */
    MR_PB_I64,       /* int64_t */
    MR_PB_ENUM,      /* int-sized enum; values above `value` are read as 0 */
    MR_PB_ENUM_BOOL, /* bool: true is enum value `value`, false enum value 1 */
    MR_PB_NOT,       /* writes true when the bool is false; reading it changes nothing */
    MR_PB_FLOAT,     /* float on the wire, double in the struct */
    MR_PB_DOUBLE,    /* double */
    MR_PB_STRING,    /* mr_str, valid UTF-8 */
    MR_PB_BYTES,     /* mr_str */
    MR_PB_FLAG,      /* bool with no member: true sets the field's selector */
    MR_PB_STRINGS,   /* mr_str *, count at `count` */
    MR_PB_PAIRS, /* messages {1: string, 2: string} as two entries of mr_str *, count at `count` */
    MR_PB_MAP,   /* map<string, string>: array of {mr_str, mr_str}, count at `count` */
    MR_PB_LONGS, /* repeated integers, packed or not: int64_t *, count at `count` */
    MR_PB_DOUBLES,  /* repeated doubles: double *, count at `count` */
    MR_PB_FLOATS,   /* repeated floats: double *, count at `count` */
    MR_PB_SELF,     /* message whose members are in the same struct */
    MR_PB_EMBED,    /* message in a struct member */
    MR_PB_MESSAGE,  /* pointer to a message */
    MR_PB_ITEM,     /* one message, element `index` of an array of pointers */
    MR_PB_MESSAGES, /* repeated message, elements from `index` on of an array of pointers */
    MR_PB_STRUCTS,  /* repeated message, array of structs, count at `count` */
    MR_PB_PRESENT,  /* message; bool member says that it was there; refused when written */
    MR_PB_REFUSED   /* reading a field that is not empty fails: MR_UNSUPPORTED */
} mr_pb_kind;

enum {
    MR_PB_REQUIRED = 1,  /* reading and writing fail without it */
    MR_PB_OPTIONAL = 2,  /* the bool at `count` says whether it is there */
    MR_PB_READ_ONLY = 4, /* an older spelling, never written */
    MR_PB_ONLY = 8,      /* MR_PB_MESSAGES: write only elements whose selector is `value` */
    MR_PB_EXCEPT = 16    /* ... and only the others */
};

typedef struct mr_pb_table mr_pb_table;

typedef struct mr_pb_field {
    const char *name; /* the field's name in the .proto file */
    uint16_t number;
    uint8_t kind;
    uint8_t flags;
    uint16_t offset; /* of the member */
    uint16_t count;  /* offset of the count, or of the `has` member of an optional field */
    int16_t index;
    uint16_t selector; /* offset of an int that is set to `select` when the field is read; the field
                        * is written only if it has that value.  select 0 = no selector. */
    int16_t select;
    int64_t value; /* scalars: the value when absent */
    const mr_pb_table *sub;
} mr_pb_field;

typedef struct mr_pb_reader mr_pb_reader;

struct mr_pb_table {
    const char *name; /* spark.connect.<name>, or NULL for entries of maps */
    size_t size;      /* of the struct */
    const mr_pb_field *fields;
    int n_fields;
    /* A message that must choose one of its fields: the selector, the value it gets when an unknown
     * field was chosen, and where the number of that field goes.  other 0 = unknown fields are
     * skipped; then a selector left 0 is an error only if `chooses`. */
    bool chooses;
    uint16_t selector;
    int16_t other;
    uint16_t number;
    void (*init)(void *object); /* after zeroing; or NULL */
    /* For what is kept in another form than the message: a struct of form_size bytes is read, then
     * load() makes the object of it; store() is the way back (arena: for what it allocates). */
    size_t form_size;
    mr_status (*load)(mr_pb_reader *reader, const void *form, void *object, mr_error *err);
    mr_status (*store)(mr_arena *arena, const void *object, void *form, mr_error *err);
};

struct mr_pb_reader {
    mr_arena *arena;
    int depth;
    int n_messages;
    uint64_t n_bytes; /* allocated */
};

/* Reads a whole message into `object` (table->size bytes, zeroed by the call).  Fails with
 * MR_CORRUPT on malformed bytes, MR_INVALID on a missing required field, MR_UNSUPPORTED, MR_NOMEM
 * over a limit. */
MR_NODISCARD mr_status mr_pb_decode(const mr_pb_table *table, mr_str bytes, mr_arena *arena,
                                    void *object, mr_error *err);
/* Appends the message to `out`; scratch memory comes from `arena`. */
MR_NODISCARD mr_status mr_pb_encode(const mr_pb_table *table, const void *object, mr_arena *arena,
                                    mr_buf *out, mr_error *err);
/* Zeroed memory for load(); charged to the message's budget. */
MR_NODISCARD mr_status mr_pb_alloc(mr_pb_reader *reader, size_t size, void **out, mr_error *err);
/* Whether the bytes are well-formed UTF-8 (no surrogates, shortest forms). */
bool mr_pb_is_utf8(mr_str s);

/* Appends to `out`, one line a field: message name, number, type of the wire, label, name.  Used to
 * compare the tables with the descriptors of a Spark client. */
void mr_pb_dump(const mr_pb_table *table, mr_buf *out);

#endif /* MR_WIRE_PROTO_H */
