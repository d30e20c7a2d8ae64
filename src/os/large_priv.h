/* large_priv.h - writing a large file: in blocks, past the page cache where that works, by a thread
 * of its own, so that the caller goes on while the device writes.
 *
 * Threads: the caller's calls one at a time.
 */
#ifndef MR_OS_LARGE_PRIV_H
#define MR_OS_LARGE_PRIV_H

#include <stddef.h>

typedef struct mr_large mr_large;

/* Of a descriptor open for writing, at its offset; the descriptor stays the caller's. */
mr_large *mr_large_new(int fd);
/* Takes n bytes.  0, or the errno of a write, perhaps of an earlier call's bytes; it stays. */
int mr_large_write(mr_large *large, const char *bytes, size_t n);
/* Hands everything taken so far to the system.  0, or an errno. */
int mr_large_end(mr_large *large);
void mr_large_free(mr_large *large); /* what was not handed over is lost; NULL is allowed */

#endif /* MR_OS_LARGE_PRIV_H */
