/* tables.h - the tables of Spark Connect's messages, for the files of this room and the server. */
#ifndef MR_WIRE_TABLES_H
#define MR_WIRE_TABLES_H

#include "plan/syntax.h"
#include "wire/proto.h"

extern const mr_pb_table mr_wire_relation;   /* mr_xrel */
extern const mr_pb_table mr_wire_expression; /* mr_xexpr */
extern const mr_pb_table mr_wire_sort_order; /* mr_xexpr, MR_X_SORT_ORDER */
extern const mr_pb_table mr_wire_alias;      /* mr_xexpr, MR_X_ALIAS */
extern const mr_pb_table mr_wire_literal;    /* mr_xexpr, MR_X_LITERAL */
extern const mr_pb_table mr_wire_type;       /* const mr_type * */
extern const mr_pb_table mr_wire_command;    /* mr_xcommand */

/* Rows of tables. */
#define MR_FIELD(num, text, kind_name, ...)                                                        \
    {                                                                                              \
        .name = text, .number = (num), .kind = MR_PB_##kind_name, __VA_ARGS__                      \
    }
#define MR_AT(type, member)    .offset = offsetof(type, member)
#define MR_ARRAY(type, member) .offset = offsetof(type, member), .count = offsetof(type, n_##member)
#define MR_OPTIONS(type, member)                                                                   \
    .offset = offsetof(type, member.pairs), .count = offsetof(type, member.n)
#define MR_IF(type, member)                                                                        \
    .offset = offsetof(type, member), .count = offsetof(type, has_##member), .flags = MR_PB_OPTIONAL
#define MR_CHOOSES(type, member, choice)                                                           \
    .selector = offsetof(type, member), .select = (int16_t)(choice)
#define MR_TABLE(text, type, rows)                                                                 \
    {                                                                                              \
        .name = text, .size = sizeof(type), .fields = rows,                                        \
        .n_fields = (int)(sizeof(rows) / sizeof((rows)[0]))                                        \
    }

#endif /* MR_WIRE_TABLES_H */
