/* base.h - the words every room uses; include this one. */
#ifndef MR_BASE_H
#define MR_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"

/* Raised by one thread, looked at by others. */
typedef _Atomic bool mr_flag;

#endif /* MR_BASE_H */
