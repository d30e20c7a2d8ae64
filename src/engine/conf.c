/* conf.c - runtime configuration of a session: values set, defaults, what is checked. */
#include "engine/engine_priv.h"

#include <stdlib.h>

enum { ANY, BOOLEAN, INTEGER, ZONE };

typedef struct conf_default {
    const char *key;
    const char *value; /* NULL = none, or computed */
    int check;
} conf_default;

static const conf_default defaults[] = {
    { "spark.app.name", "millrace", ANY },
    { "spark.sql.session.timeZone", NULL, ZONE },
    { "spark.sql.shuffle.partitions", "200", INTEGER },
    { "spark.sql.ansi.enabled", "true", BOOLEAN },
    { "spark.sql.caseSensitive", "false", BOOLEAN },
    { "spark.sql.legacy.timeParserPolicy", "CORRECTED", ANY },
    { "spark.sql.timestampType", "TIMESTAMP_LTZ", ANY },
    { "spark.sql.columnNameOfCorruptRecord", "_corrupt_record", ANY },
    { "spark.sql.sources.default", "parquet", ANY },
    { "spark.sql.streaming.schemaInference", "false", BOOLEAN },
    { "spark.sql.streaming.minBatchesToRetain", "100", INTEGER },
    { "spark.sql.streaming.noDataMicroBatches.enabled", "true", BOOLEAN },
    { "spark.sql.streaming.noDataProgressEventInterval", "10000", ANY },
    { "spark.sql.streaming.numRecentProgressUpdates", "100", INTEGER },
    { "spark.sql.streaming.stopActiveRunOnRestart", "true", BOOLEAN },
    { "spark.sql.streaming.multipleWatermarkPolicy", "min", ANY },
    { "spark.sql.streaming.stateStore.compression.codec", "lz4", ANY },
    { "spark.sql.streaming.stateStore.providerClass",
      "org.apache.spark.sql.execution.streaming.state.HDFSBackedStateStoreProvider", ANY },
    { "spark.sql.streaming.stateStore.minDeltasForSnapshot", "10", INTEGER },
    { "spark.connect.session.planCompression.threshold", "-1", INTEGER },
    { "spark.connect.session.planCompression.defaultAlgorithm", "NONE", ANY },
    { "spark.python.sql.dataFrameDebugging.enabled", "true", BOOLEAN },
    { "spark.sql.session.localRelationCacheThreshold", "1048576", INTEGER },
    { "spark.sql.session.localRelationChunkSizeRows", "10000", INTEGER },
    { "spark.sql.session.localRelationChunkSizeBytes", "16777216", INTEGER },
    { "spark.sql.session.localRelationBatchOfChunksSizeBytes", "1073741824", INTEGER },
    { "spark.sql.execution.pandas.convertToArrowArraySafely", "false", BOOLEAN },
    { "spark.sql.execution.pandas.inferPandasDictAsMap", "false", BOOLEAN },
    { "spark.sql.execution.pandas.structHandlingMode", "legacy", ANY },
    { "spark.sql.pyspark.inferNestedDictAsStruct.enabled", "false", BOOLEAN },
    { "spark.sql.pyspark.legacy.inferArrayTypeFromFirstElement.enabled", "false", BOOLEAN },
    { "spark.sql.pyspark.legacy.inferMapTypeFromFirstPair.enabled", "false", BOOLEAN },
    { "spark.sql.pyspark.jvmStacktrace.enabled", "false", BOOLEAN },
    { "spark.sql.connect.serverStacktrace.enabled", "false", BOOLEAN },
    { "spark.sql.execution.arrow.useLargeVarTypes", "false", BOOLEAN },
    { "spark.sql.execution.arrow.pyspark.selfDestruct.enabled", "false", BOOLEAN },
    { "spark.sql.execution.pyspark.binaryAsBytes", "true", BOOLEAN },
    { "spark.sql.execution.pythonUDF.arrow.enabled", "false", BOOLEAN },
    { "spark.sql.repl.eagerEval.enabled", "false", BOOLEAN },
    { "spark.sql.repl.eagerEval.maxNumRows", "20", INTEGER },
    { "spark.sql.repl.eagerEval.truncate", "20", INTEGER },
};
#define N_DEFAULTS (sizeof(defaults) / sizeof(defaults[0]))

static const conf_default *find_default(mr_str key)
{
    for (size_t i = 0; i < N_DEFAULTS; i++)
        if (mr_str_is(key, defaults[i].key))
            return &defaults[i];
    return NULL;
}

static mr_str default_value(const conf_default *d)
{
    return d->check == ZONE ? mr_zone_name(mr_zone_system()) : mr_str_from(d->value);
}

static mr_status check_value(const conf_default *d, mr_str value, mr_error *err)
{
    const mr_zone *zone;
    const char *kind = NULL;
    int64_t number;

    if (d == NULL)
        return MR_OK;
    if (d->check == ZONE && mr_zone_find(value, &zone, NULL) != MR_OK)
        return mr_raise_text(err, MR_EXC_ILLEGAL_ARGUMENT, "INVALID_CONF_VALUE.TIME_ZONE",
                             "[INVALID_CONF_VALUE.TIME_ZONE] The value '%.*s' in the config \"%s\" "
                             "is invalid. Cannot resolve the given timezone. SQLSTATE: 22022",
                             MR_STR_ARG(value), d->key);
    if (d->check == BOOLEAN && !mr_str_is_nocase(value, "true") &&
        !mr_str_is_nocase(value, "false"))
        kind = "boolean";
    if (d->check == INTEGER && !mr_str_to_int64(value, &number))
        kind = "int";
    if (kind == NULL)
        return MR_OK;
    return mr_raise_text(err, MR_EXC_ILLEGAL_ARGUMENT, "INVALID_CONF_VALUE.TYPE_MISMATCH",
                         "%s should be %s, but was %.*s", d->key, kind, MR_STR_ARG(value));
}

mr_status mr_session_set(mr_session *session, mr_str key, mr_str value, mr_error *err)
{
    int at = -1;

    MR_TRY(check_value(find_default(key), value, err));
    pthread_mutex_lock(&session->lock);
    for (int i = 0; i < session->n_conf; i++)
        if (mr_str_is(key, session->conf[i].key))
            at = i;
    if (at < 0) {
        at = session->n_conf;
        MR_PUSH(session->conf, session->n_conf, session->conf_capacity,
                (engine_pair){ engine_strdup(key), NULL, 0 });
    }
    free(session->conf[at].value);
    session->conf[at].value = engine_strdup(value);
    session->conf[at].n_value = value.len;
    pthread_mutex_unlock(&session->lock);
    return MR_OK;
}

void mr_session_unset(mr_session *session, mr_str key)
{
    pthread_mutex_lock(&session->lock);
    for (int i = 0; i < session->n_conf; i++) {
        if (mr_str_is(key, session->conf[i].key)) {
            free(session->conf[i].key);
            free(session->conf[i].value);
            session->conf[i] = session->conf[--session->n_conf];
            break;
        }
    }
    pthread_mutex_unlock(&session->lock);
}

bool mr_session_get(mr_session *session, mr_str key, mr_arena *arena, mr_str *value)
{
    const conf_default *d = find_default(key);
    bool found = false;

    pthread_mutex_lock(&session->lock);
    for (int i = 0; i < session->n_conf && !found; i++) {
        if (mr_str_is(key, session->conf[i].key)) {
            *value = mr_arena_str(arena, mr_str_from(session->conf[i].value));
            found = true;
        }
    }
    pthread_mutex_unlock(&session->lock);
    if (!found && d != NULL) {
        *value = mr_arena_str(arena, default_value(d));
        found = true;
    }
    return found;
}

bool mr_session_is_modifiable(mr_session *session, mr_str key)
{
    (void)session;
    return find_default(key) != NULL && mr_str_starts(key, "spark.sql.");
}

void mr_session_each(mr_session *session, mr_str prefix,
                     void (*visit)(void *data, mr_str key, mr_str value), void *data)
{
    mr_arena *arena = mr_arena_new();
    mr_str *keys;
    int n = 0;

    pthread_mutex_lock(&session->lock);
    keys = MR_NEW_ARRAY(arena, mr_str, N_DEFAULTS + (size_t)session->n_conf);
    for (int i = 0; i < session->n_conf; i++)
        keys[n++] = mr_arena_str(arena, mr_str_from(session->conf[i].key));
    pthread_mutex_unlock(&session->lock);
    for (size_t i = 0, n_set = (size_t)n; i < N_DEFAULTS; i++) {
        bool is_set = false;

        for (size_t k = 0; k < n_set; k++)
            is_set = is_set || mr_str_is(keys[k], defaults[i].key);
        if (!is_set)
            keys[n++] = mr_str_from(defaults[i].key);
    }
    for (int i = 0; i < n; i++) {
        mr_str value;

        if (keys[i].len >= prefix.len &&
            mr_str_equal(mr_str_slice(keys[i], 0, prefix.len), prefix) &&
            mr_session_get(session, keys[i], arena, &value))
            visit(data, keys[i], value);
    }
    mr_arena_free(arena);
}

const mr_zone *mr_session_zone(mr_session *session)
{
    mr_arena *arena = mr_arena_new();
    const mr_zone *zone = mr_zone_system();
    mr_str name;

    if (mr_session_get(session, MR_STR("spark.sql.session.timeZone"), arena, &name) &&
        mr_zone_find(name, &zone, NULL) != MR_OK)
        zone = mr_zone_system();
    mr_arena_free(arena);
    return zone;
}

bool conf_bool(mr_session *session, const char *key)
{
    mr_arena *arena = mr_arena_new();
    mr_str value;
    bool result =
        mr_session_get(session, mr_str_from(key), arena, &value) && mr_str_is_nocase(value, "true");

    mr_arena_free(arena);
    return result;
}

int64_t conf_int(mr_session *session, const char *key)
{
    mr_arena *arena = mr_arena_new();
    mr_str value;
    int64_t result = 0;

    if (mr_session_get(session, mr_str_from(key), arena, &value))
        (void)mr_str_to_int64(value, &result);
    mr_arena_free(arena);
    return result;
}
