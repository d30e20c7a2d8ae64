/* engine_priv.h - inside the engine: sessions, their catalog and their queries. */
#ifndef MR_ENGINE_PRIV_H
#define MR_ENGINE_PRIV_H

#include "analyze/analyze.h"
#include "engine/engine.h"
#include "physical/spec.h"
#include "run/run.h"
#include "sink/sink.h"
#include "sql/sql.h"
#include "stream/stream.h"
#include "task/pool.h"

#include <pthread.h>

typedef struct engine_pair {
    char *key;
    char *value;
    size_t n_value; /* bytes; values of caches are binary */
} engine_pair;

/* A name of the catalog: a relation (view, table of files) or a table in memory. */
typedef struct engine_entry {
    char *name;
    mr_arena *arena; /* of rel */
    mr_xrel *rel;
    mr_table *table;
    bool is_temporary;
} engine_entry;

typedef struct engine_listener {
    int id;
    mr_listener_fn call;
    void *data;
} engine_listener;

struct mr_engine {
    mr_os *os;
    mr_pool *pool;
    pthread_mutex_t lock; /* sessions */
    mr_session **sessions;
    int n_sessions, capacity;
    void (*console)(void *data, mr_str text);
    void *console_data;
};

struct mr_session {
    mr_engine *engine;
    char *user, *id;
    char server_id[37];
    pthread_mutex_t lock; /* what follows, up to listen_lock */
    engine_pair *conf;
    int n_conf, conf_capacity;
    engine_pair *cache;
    int n_cache, cache_capacity;
    engine_entry *entries;
    int n_entries, entry_capacity;
    mr_query **queries; /* each referenced */
    int n_queries, query_capacity;
    pthread_mutex_t start_lock; /* one start at a time */
    pthread_mutex_t listen_lock;
    engine_listener *listeners;
    int n_listeners, listener_capacity;
    int next_listener;
};

struct mr_query {
    mr_session *session;
    mr_stream *stream;
    mr_table *table; /* of a memory sink, or NULL */
    char *plan;      /* explain() */
    char *checkpoint;
    int n_refs;
    int64_t ended_us;  /* monotonic; 0 = not seen to have ended */
    bool is_forgotten; /* by resetTerminated() */
};

/* conf.c */
bool conf_bool(mr_session *session, const char *key);
int64_t conf_int(mr_session *session, const char *key);
char *engine_strdup(mr_str s);

/* catalog.c */
mr_xrel *catalog_copy_rel(mr_arena *arena, const mr_xrel *rel);
mr_catalog catalog_of(mr_session *session);
/* Puts a relation (copied) or a table (reference taken) under a name, replacing what is there. */
void catalog_put(mr_session *session, mr_str name, const mr_xrel *rel, mr_table *table,
                 bool is_temporary);
mr_table *catalog_table(mr_session *session, mr_str name); /* [owned], or NULL */
void catalog_free(mr_session *session);
mr_status catalog_exists(mr_str name, mr_error *err);
mr_status catalog_view_exists(mr_str name, mr_error *err);

/* batch.c */
typedef struct engine_plan {
    mr_logical *logical;
    mr_physical *physical;
    const mr_type *schema;
} engine_plan;
void engine_env(mr_session *session, mr_arena *arena, mr_catalog *catalog, mr_analyze_env *env);
mr_status engine_analyze(mr_session *session, const mr_xrel *rel, mr_arena *arena, mr_logical **out,
                         mr_error *err);
/* All rows of a batch relation as one dense batch in `arena`. */
mr_status engine_collect(mr_session *session, const mr_xrel *rel, mr_arena *arena, mr_batch **out,
                         mr_error *err);
mr_xrel *engine_local(mr_session *session, mr_arena *arena, const mr_batch *batch, mr_error *err);

/* partitions.c */
/* Adds the columns of directories k=v below the paths to a schema of files, at its end. */
mr_status engine_partitions(mr_session *session, const mr_str *paths, int n_paths, mr_arena *arena,
                            const mr_type **schema, mr_error *err);

/* catalog_call.c */
/* A call of spark.catalog (a MR_R_CATALOG relation): its answer as a batch in `arena`. */
mr_status catalog_call(mr_session *session, const mr_xrel *rel, mr_arena *arena, mr_batch **out,
                       mr_error *err);
/* Patterns of SHOW TABLES and the catalog: '*' any text, '|' between alternatives, any case. */
bool catalog_matches(mr_str pattern, mr_str name);

/* sql.c */
mr_status engine_insert(mr_session *session, mr_table *table, const mr_xrel *rel, bool replace,
                        mr_error *err);

/* query.c */
void query_stop_all(mr_session *session);

#endif /* MR_ENGINE_PRIV_H */
