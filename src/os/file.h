/* file.h - what rooms do with whole files, on top of os.h; paths and their URI text. */
#ifndef MR_OS_FILE_H
#define MR_OS_FILE_H

#include "os/os.h"

/* Reads a whole file into `arena` (NUL-terminated besides).  Longer than `limit` bytes: MR_INVALID.
 */
MR_NODISCARD mr_status mr_file_read_all(mr_os *os, const char *path, size_t limit, mr_arena *arena,
                                        mr_str *out, mr_error *err);

enum {
    MR_FILE_SYNC = 1,     /* fsync the bytes before the rename */
    MR_FILE_SYNC_DIR = 2, /* fsync the directory after the rename */
    MR_FILE_NEW = 4       /* MR_CONFLICT when `path` exists, instead of replacing it */
};
/* Writes <dir>/.<name>.<uuid>.tmp and renames it to `path`: readers see all of it or nothing.  The
 * temporary file is removed on failure. */
MR_NODISCARD mr_status mr_file_write_atomic(mr_os *os, const char *path, mr_str bytes,
                                            unsigned flags, mr_error *err);
/* Removes a file or a whole directory; missing is fine.  Links are removed, not followed. */
MR_NODISCARD mr_status mr_file_remove_tree(mr_os *os, const char *path, mr_error *err);

/* "dir/name", one slash between; an absolute `name` wins. */
char *mr_file_join(mr_arena *arena, const char *dir, const char *name);
/* The directory part ("." when there is none) and the last component. */
char *mr_file_dir(mr_arena *arena, const char *path);
const char *mr_file_name(const char *path);
/* An absolute path without "//", "." and ".." (resolved as text), from the working directory. */
MR_NODISCARD mr_status mr_file_absolute(mr_arena *arena, const char *path, char **out,
                                        mr_error *err);
/* The target of a symbolic link on the real system. */
MR_NODISCARD mr_status mr_file_read_link(const char *path, mr_arena *arena, char **out,
                                         mr_error *err);
/* Absolute path -> "file:///data/a%20b", escaped as Java's URI.toString() of a qualified path. */
void mr_file_to_uri(const char *path, mr_buf *out);
/* "file:///x", "file:/x" or a plain path -> path.  False: another scheme or host, a bad escape,
 * NUL. */
bool mr_file_from_uri(mr_arena *arena, mr_str uri, char **out);

#endif /* MR_OS_FILE_H */
