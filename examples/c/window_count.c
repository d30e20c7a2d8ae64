/* window_count.c - ten-minute page counts over JSON files, kept up to date; the library in one
 * page.
 *
 *     example_window_count DIRECTORY CHECKPOINT
 *
 * Reads what is in DIRECTORY, prints the counts that changed and ends.  Started again with
 * the same CHECKPOINT it goes on with new files only. */
#include <millrace/millrace.h>

#include <stdio.h>

#define LIST(...) ((const char *const[]){ __VA_ARGS__, NULL })

int main(int argc, char **argv)
{
    if (argc != 3)
        return fprintf(stderr, "usage: %s DIRECTORY CHECKPOINT\n", argv[0]), 2;

    millrace_error err;
    millrace_session *session = millrace_session_open(NULL, &err);
    millrace_query *query = NULL;
    millrace_status status = MILLRACE_INVALID;

    if (session == NULL)
        return fprintf(stderr, "%s\n", err.message), 1;
    millrace_frame *frame =
        millrace_read(session,
                      &(millrace_source){ .size = sizeof(millrace_source),
                                          .format = "json",
                                          .schema = "ts TIMESTAMP, page STRING, ms DOUBLE",
                                          .path = argv[1] },
                      &err);
    frame = millrace_filter(frame, "page IS NOT NULL", &err);
    frame = millrace_with_watermark(frame, "ts", "10 minutes", &err);
    frame = millrace_group_by_window(
        frame,
        &(millrace_window){
            .size = sizeof(millrace_window), .column = "ts", .duration = "10 minutes" },
        LIST("page"), LIST("count(*) AS hits", "avg(ms) AS mean_ms"), &err);
    frame = millrace_select(frame, LIST("window.start", "page", "hits", "mean_ms"), &err);
    if (frame != NULL)
        query = millrace_start(frame,
                               &(millrace_sink){ .size = sizeof(millrace_sink),
                                                 .format = "console",
                                                 .output_mode = "update",
                                                 .checkpoint = argv[2],
                                                 .options = LIST("truncate", "false"),
                                                 .trigger = MILLRACE_TRIGGER_AVAILABLE_NOW },
                               &err);
    if (query != NULL)
        status = millrace_query_await(query, -1, NULL, &err);
    if (status != MILLRACE_OK)
        fprintf(stderr, "%s\n", err.message);
    millrace_query_free(query);
    millrace_frame_free(frame);
    millrace_session_close(session);
    return status == MILLRACE_OK ? 0 : 1;
}
