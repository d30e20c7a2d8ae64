/* arena.h - memory by lifetime: allocate, never free singly, reset or free at the end.
 *
 * An arena belongs to one thread at a time.  The system refusing memory ends the process (decision
 * 0002): what grows with data is charged to an account before it is allocated and fails its query.
 */
#ifndef MR_ARENA_H
#define MR_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "base/error.h"
#include "base/str.h"

typedef struct mr_arena mr_arena;

/* [owned] until mr_arena_free(). */
mr_arena *mr_arena_new(void);
void mr_arena_free(mr_arena *arena); /* NULL is allowed; runs cleanups, newest first */
/* Forgets everything allocated, keeps one block of up to 8 MiB; runs cleanups. */
void mr_arena_reset(mr_arena *arena);
/* Never NULL; 16-byte aligned; contents undefined.  size 0 gives a valid pointer. */
void *mr_arena_alloc(mr_arena *arena, size_t size) __attribute__((malloc, alloc_size(2)));
void *mr_arena_zalloc(mr_arena *arena, size_t size) __attribute__((malloc, alloc_size(2)));
/* Bytes taken from the system. */
size_t mr_arena_size(const mr_arena *arena);
/* Runs close(object) when the arena is reset or freed. */
void mr_arena_defer(mr_arena *arena, void (*close)(void *object), void *object);

mr_str mr_arena_str(mr_arena *arena, mr_str s); /* a copy, NUL-terminated besides */
char *mr_arena_cstr(mr_arena *arena, mr_str s); /* the same as a C string */
mr_str mr_arena_printf(mr_arena *arena, const char *format, ...) MR_PRINTF(2, 3);

#define MR_NEW(arena, type)          ((type *)mr_arena_zalloc((arena), sizeof(type)))
#define MR_NEW_ARRAY(arena, type, n) ((type *)mr_arena_zalloc((arena), sizeof(type) * (size_t)(n)))

/* malloc family that ends the process instead of returning NULL. */
void *mr_malloc(size_t size) __attribute__((malloc, alloc_size(1)));
void *mr_calloc(size_t count, size_t size) __attribute__((malloc));
void *mr_realloc(void *old, size_t size) __attribute__((alloc_size(2)));

#endif /* MR_ARENA_H */
