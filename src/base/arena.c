/* arena.c - bump allocation in blocks that double up to 1 MiB. */
#include "base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_BLOCK 4096
#define BLOCK_MAX   (1u << 20)
#define KEEP_MAX    (8u << 20) /* that a reset arena keeps */
#define ALIGN       16u

typedef struct block {
    struct block *next;
    size_t size; /* of the bytes after this header */
    size_t used;
    size_t pad;
} block;
_Static_assert(sizeof(block) % ALIGN == 0, "blocks start aligned");

typedef struct cleanup {
    struct cleanup *next;
    void (*close)(void *object);
    void *object;
} cleanup;

struct mr_arena {
    block *head;
    cleanup *cleanups;
    size_t total;
    size_t next_size;
};

static _Noreturn void out_of_memory(size_t size)
{
    fprintf(stderr, "millrace: the system has no memory for %zu more bytes\n", size);
    abort();
}

void *mr_malloc(size_t size)
{
    void *p = malloc(size == 0 ? 1 : size);

    if (p == NULL)
        out_of_memory(size);
    return p;
}

void *mr_calloc(size_t count, size_t size)
{
    void *p = calloc(count == 0 ? 1 : count, size == 0 ? 1 : size);

    if (p == NULL)
        out_of_memory(count * size);
    return p;
}

void *mr_realloc(void *old, size_t size)
{
    void *p = realloc(old, size == 0 ? 1 : size);

    if (p == NULL)
        out_of_memory(size);
    return p;
}

mr_arena *mr_arena_new(void)
{
    mr_arena *arena = mr_calloc(1, sizeof(*arena));

    arena->next_size = FIRST_BLOCK;
    return arena;
}

static void run_cleanups(mr_arena *arena)
{
    while (arena->cleanups != NULL) {
        cleanup *top = arena->cleanups;

        arena->cleanups = top->next;
        top->close(top->object);
    }
}

static void free_blocks(block *b)
{
    while (b != NULL) {
        block *next = b->next;

        free(b);
        b = next;
    }
}

void mr_arena_free(mr_arena *arena)
{
    if (arena == NULL)
        return;
    run_cleanups(arena);
    free_blocks(arena->head);
    free(arena);
}

static block *new_block(size_t size)
{
    block *b = mr_malloc(sizeof(block) + size);

    *b = (block){ .size = size };
    return b;
}

/* What took several blocks gets one as large, so that the next round takes none. */
void mr_arena_reset(mr_arena *arena)
{
    run_cleanups(arena);
    if (arena->head == NULL)
        return;
    if (arena->head->next != NULL) {
        size_t size = arena->total < KEEP_MAX ? arena->total : KEEP_MAX;

        free_blocks(arena->head);
        arena->head = new_block(size);
    }
    arena->head->used = 0;
    arena->total = arena->head->size;
}

static block *grow(mr_arena *arena, size_t size)
{
    size_t want = size > arena->next_size ? size : arena->next_size;
    block *b = new_block(want);

    b->next = arena->head;
    arena->head = b;
    arena->total += want;
    if (arena->next_size < BLOCK_MAX)
        arena->next_size *= 2;
    return b;
}

void *mr_arena_alloc(mr_arena *arena, size_t size)
{
    block *b = arena->head;
    char *p;

    MR_ASSERT(size < SIZE_MAX / 2);
    size = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    if (b == NULL || b->size - b->used < size)
        b = grow(arena, size);
    p = (char *)(b + 1) + b->used;
    b->used += size;
    return p;
}

void *mr_arena_zalloc(mr_arena *arena, size_t size)
{
    return memset(mr_arena_alloc(arena, size), 0, size);
}

size_t mr_arena_size(const mr_arena *arena)
{
    return arena->total;
}

void mr_arena_defer(mr_arena *arena, void (*close)(void *object), void *object)
{
    cleanup *c = mr_arena_alloc(arena, sizeof(*c));

    c->next = arena->cleanups;
    c->close = close;
    c->object = object;
    arena->cleanups = c;
}

char *mr_arena_cstr(mr_arena *arena, mr_str s)
{
    char *copy = mr_arena_alloc(arena, s.len + 1);

    if (s.len > 0)
        memcpy(copy, s.ptr, s.len);
    copy[s.len] = '\0';
    return copy;
}

mr_str mr_arena_str(mr_arena *arena, mr_str s)
{
    return (mr_str){ mr_arena_cstr(arena, s), s.len };
}

mr_str mr_arena_printf(mr_arena *arena, const char *format, ...)
{
    va_list args;
    char *text;
    int n;

    va_start(args, format);
    n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    MR_ASSERT(n >= 0);
    text = mr_arena_alloc(arena, (size_t)n + 1);
    va_start(args, format);
    vsnprintf(text, (size_t)n + 1, format, args);
    va_end(args);
    return (mr_str){ text, (size_t)n };
}
