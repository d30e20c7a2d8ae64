/* test_os_sim.c - what survives on the simulated machine, faults, locks, points. */
#include "tests/unit/mr_test.h"

#include <errno.h>

#include "os/file.h"
#include "os/sim.h"

static mr_file *make(mr_os *os, const char *path, const char *text, bool sync)
{
    mr_error err;
    mr_file *file;

    CHECK_OK(mr_os_open(os, path, MR_OS_WRITE | MR_OS_CREATE, &file, &err), &err);
    CHECK_OK(mr_os_write(file, text, strlen(text), &err), &err);
    if (sync)
        CHECK_OK(mr_os_fsync(file, &err), &err);
    return file;
}

static bool exists(mr_os *os, const char *path)
{
    mr_error err;
    mr_os_stat st;

    CHECK_OK(mr_os_stat_path(os, path, &st, &err), &err);
    return st.exists;
}

static bool holds(mr_os *os, const char *path, const char *text)
{
    mr_arena *arena = mr_arena_new();
    mr_str bytes;
    mr_error err;
    bool same;

    CHECK_OK(mr_file_read_all(os, path, 1 << 20, arena, &bytes, &err), &err);
    same = mr_str_is(bytes, text);
    mr_arena_free(arena);
    return same;
}

static void unsynced_write_may_be_lost(void **state)
{
    int lost = 0, kept = 0;

    (void)state;
    for (uint64_t seed = 0; seed < 64; seed++) {
        mr_sim *sim = mr_sim_new(1);
        mr_os *os = mr_sim_os(sim);
        mr_error err;
        mr_file *file = make(os, "/a", "one", true);

        CHECK_OK(mr_os_sync_dir(os, "/", &err), &err);
        CHECK_OK(mr_os_write(file, "two", 3, &err), &err);
        mr_sim_crash(sim);
        assert_int_equal(mr_os_fsync(file, &err), MR_CANCELLED);
        mr_os_close(file, NULL);
        mr_sim_restart(sim, MR_SIM_POWER, seed);
        lost += holds(os, "/a", "one");
        kept += holds(os, "/a", "onetwo");
        mr_sim_free(sim);
    }
    assert_true(lost > 0);
    assert_true(kept > 0);
    assert_int_equal(lost + kept, 64);
}

static void big_write_may_be_torn(void **state)
{
    static char bytes[4096];
    int torn = 0;

    (void)state;
    memset(bytes, 'x', sizeof(bytes));
    for (uint64_t seed = 0; seed < 64; seed++) {
        mr_sim *sim = mr_sim_new(1);
        mr_os *os = mr_sim_os(sim);
        mr_file *file = make(os, "/a", "", true);
        mr_error err;
        mr_os_stat st;

        CHECK_OK(mr_os_sync_dir(os, "/", &err), &err);
        CHECK_OK(mr_os_write(file, bytes, sizeof(bytes), &err), &err);
        mr_os_close(file, NULL);
        mr_sim_restart(sim, MR_SIM_POWER, seed);
        CHECK_OK(mr_os_stat_path(os, "/a", &st, &err), &err);
        assert_int_equal(st.size % 512, 0);
        torn += st.size > 0 && st.size < 4096;
        mr_sim_free(sim);
    }
    assert_true(torn > 0);
}

static void rename_without_dir_sync_may_vanish(void **state)
{
    int old = 0, new = 0;

    (void)state;
    for (uint64_t seed = 0; seed < 64; seed++) {
        mr_sim *sim = mr_sim_new(1);
        mr_os *os = mr_sim_os(sim);
        mr_error err;

        mr_os_close(make(os, "/a", "x", true), NULL);
        CHECK_OK(mr_os_sync_dir(os, "/", &err), &err);
        CHECK_OK(mr_os_rename(os, "/a", "/b", &err), &err);
        mr_sim_restart(sim, MR_SIM_POWER, seed);
        assert_true(exists(os, "/a") != exists(os, "/b"));
        old += exists(os, "/a");
        new += exists(os, "/b");
        mr_sim_free(sim);
    }
    assert_true(old > 0);
    assert_true(new > 0);
}

static void synced_file_survives(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 64; seed++) {
        mr_sim *sim = mr_sim_new(1);
        mr_os *os = mr_sim_os(sim);
        mr_error err;

        CHECK_OK(mr_os_mkdirs(os, "/d/e", &err), &err);
        CHECK_OK(mr_os_sync_fs(os, "/", &err), &err);
        CHECK_OK(mr_file_write_atomic(os, "/d/e/f", MR_STR("text"),
                                      MR_FILE_SYNC | MR_FILE_SYNC_DIR | MR_FILE_NEW, &err),
                 &err);
        mr_sim_restart(sim, MR_SIM_POWER, seed);
        assert_true(holds(os, "/d/e/f", "text"));
        mr_sim_free(sim);
    }
}

static void killed_process_loses_nothing(void **state)
{
    mr_sim *sim = mr_sim_new(1);
    mr_os *os = mr_sim_os(sim);
    mr_file *file = make(os, "/a", "x", false);

    (void)state;
    mr_sim_crash(sim);
    mr_sim_restart(sim, MR_SIM_KILL, 0);
    assert_true(holds(os, "/a", "x"));
    assert_int_equal(mr_os_write(file, "y", 1, NULL), MR_CANCELLED);
    mr_os_close(file, NULL);
    mr_sim_free(sim);
}

static mr_file *make_large(mr_os *os, const char *path, mr_str bytes)
{
    mr_error err;
    mr_file *file;

    CHECK_OK(mr_os_open(os, path, MR_OS_WRITE | MR_OS_CREATE | MR_OS_LARGE, &file, &err), &err);
    CHECK_OK(mr_os_write(file, bytes.ptr, bytes.len, &err), &err);
    return file;
}

/* As late as MR_OS_LARGE allows: at a sync, or the close. */
static void large_file_appears_late(void **state)
{
    mr_sim *sim = mr_sim_new(1);
    mr_os *os = mr_sim_os(sim);
    mr_error err;
    mr_file *file = make_large(os, "/a", MR_STR("one"));

    (void)state;
    assert_true(holds(os, "/a", ""));
    CHECK_OK(mr_os_fsync(file, &err), &err);
    assert_true(holds(os, "/a", "one"));
    CHECK_OK(mr_os_write(file, "two", 3, &err), &err);
    assert_true(holds(os, "/a", "one"));
    CHECK_OK(mr_os_close(file, &err), &err);
    assert_true(holds(os, "/a", "onetwo"));
    file = make_large(os, "/b", MR_STR("lost with the process"));
    mr_sim_crash(sim);
    mr_sim_restart(sim, MR_SIM_KILL, 1);
    assert_int_equal(mr_os_close(file, &err), MR_CANCELLED);
    assert_true(holds(os, "/b", ""));
    mr_sim_free(sim);
}

static void large_file_fails_at_its_close(void **state)
{
    mr_sim *sim = mr_sim_new(1);
    mr_os *os = mr_sim_os(sim);
    mr_error err;
    mr_file *file = make_large(os, "/a", MR_STR("12345678"));

    (void)state;
    mr_sim_fail_at(sim, mr_sim_points(sim) + 1, MR_SIM_SHORT, false);
    assert_int_equal(mr_os_close(file, &err), MR_IO);
    assert_int_equal(err.sys_errno, ENOSPC);
    assert_true(holds(os, "/a", "1234"));
    assert_int_equal(mr_sim_handles(sim), 0);
    mr_sim_free(sim);
}

static void conflicts(void **state)
{
    mr_sim *sim = mr_sim_new(1);
    mr_os *os = mr_sim_os(sim);
    mr_file *lock, *second;
    mr_error err;

    (void)state;
    mr_os_close(make(os, "/a", "1", false), NULL);
    mr_os_close(make(os, "/b", "2", false), NULL);
    assert_int_equal(mr_os_rename_new(os, "/a", "/b", &err), MR_CONFLICT);
    assert_int_equal(mr_file_write_atomic(os, "/b", MR_STR("3"), MR_FILE_NEW, &err), MR_CONFLICT);
    assert_true(holds(os, "/b", "2"));
    CHECK_OK(mr_os_lock(os, "/lock", &lock, &err), &err);
    assert_int_equal(mr_os_lock(os, "/lock", &second, &err), MR_CONFLICT);
    mr_os_close(lock, NULL);
    CHECK_OK(mr_os_lock(os, "/lock", &lock, &err), &err);
    mr_sim_restart(sim, MR_SIM_KILL, 0);
    CHECK_OK(mr_os_lock(os, "/lock", &second, &err), &err);
    mr_os_close(lock, NULL);
    assert_int_equal(mr_os_lock(os, "/lock", &lock, &err), MR_CONFLICT);
    mr_os_close(second, NULL);
    mr_sim_free(sim);
}

static void points_and_faults(void **state)
{
    mr_sim *sim = mr_sim_new(1);
    mr_os *os = mr_sim_os(sim);
    mr_file *file = make(os, "/a", "0123", true);
    mr_error err;

    (void)state;
    assert_int_equal(mr_sim_points(sim), 3); /* create, write, sync */
    mr_sim_fail_at(sim, 4, MR_SIM_SHORT, false);
    assert_int_equal(mr_os_write(file, "4567", 4, &err), MR_IO);
    assert_int_equal(err.sys_errno, ENOSPC);
    assert_true(holds(os, "/a", "012345"));
    mr_sim_fail_at(sim, 5, MR_SIM_EIO, false);
    assert_int_equal(mr_os_fsync(file, &err), MR_IO);
    assert_int_equal(mr_os_fsync(file, &err), MR_IO); /* poisoned */
    assert_int_equal(mr_sim_points(sim), 5);
    mr_os_close(file, NULL);
    mr_sim_crash_at(sim, 6);
    assert_int_equal(mr_os_unlink(os, "/a", &err), MR_CANCELLED);
    assert_true(mr_sim_is_down(sim));
    mr_sim_restart(sim, MR_SIM_KILL, 0);
    assert_true(exists(os, "/a"));
    CHECK_OK(mr_os_unlink(os, "/a", &err), &err);
    assert_false(exists(os, "/a"));
    mr_sim_free(sim);
}

static void clock_random_watch(void **state)
{
    mr_sim *sim = mr_sim_new(7), *same = mr_sim_new(7);
    mr_os *os = mr_sim_os(sim);
    char a[37], b[37];
    mr_watch *watch;
    mr_error err;
    bool changed;

    (void)state;
    CHECK_OK(mr_os_uuid(os, a, &err), &err);
    CHECK_OK(mr_os_uuid(mr_sim_os(same), b, &err), &err);
    assert_string_equal(a, b);
    assert_int_equal(a[14], '4');
    mr_sim_set_wall(sim, 1000);
    mr_sim_advance(sim, 5);
    CHECK_OK(mr_os_sleep_until(os, 10, &err), &err);
    assert_int_equal(mr_os_wall_us(os), 1010);
    CHECK_OK(mr_os_watch_dir(os, "/", &watch, &err), &err);
    CHECK_OK(mr_os_watch_wait(watch, 5, &changed, &err), &err);
    assert_false(changed);
    mr_os_close(make(os, "/a", "", false), NULL);
    CHECK_OK(mr_os_watch_wait(watch, 5, &changed, &err), &err);
    assert_true(changed);
    mr_os_watch_close(watch);
    mr_sim_free(sim);
    mr_sim_free(same);
}

static void placed_files_and_strikes(void **state)
{
    mr_sim *sim = mr_sim_new(5);
    mr_os *os = mr_sim_os(sim);
    mr_file *file;
    mr_os_stat st;
    mr_error err;

    (void)state;
    mr_sim_place(sim, "/in/deep/a", MR_STR("given"), 77000);
    assert_int_equal(mr_sim_points(sim), 0);
    mr_sim_crash_at(sim, 1);
    assert_int_equal(mr_os_mkdirs(os, "/other", &err), MR_CANCELLED);
    assert_string_equal(mr_sim_strike(sim), "mkdir /other");
    mr_sim_restart(sim, MR_SIM_POWER, 3);
    assert_true(holds(os, "/in/deep/a", "given"));
    CHECK_OK(mr_os_stat_path(os, "/in/deep/a", &st, &err), &err);
    assert_int_equal(st.mtime_us, 77000);
    mr_sim_forget_strike(sim);
    assert_string_equal(mr_sim_strike(sim), "");
    mr_sim_set_wall(sim, 1000);
    mr_sim_set_tick(sim, 5);
    CHECK_OK(mr_os_mkdirs(os, "/x", &err), &err);
    assert_int_equal(mr_os_wall_us(os), 1005);
    mr_sim_set_tick(sim, 0);
    file = make(os, "/b", "x", false);
    assert_int_equal(mr_sim_handles(sim), 1);
    mr_sim_fail_at(sim, mr_sim_points(sim) + 1, MR_SIM_EIO, false);
    assert_int_equal(mr_os_sync_fs(os, "/", &err), MR_IO);
    assert_string_equal(mr_sim_strike(sim), "sync_fs /");
    mr_os_close(file, NULL);
    assert_int_equal(mr_sim_handles(sim), 0);
    mr_sim_fail_read_at(sim, mr_sim_reads(sim) + 2);
    assert_true(exists(os, "/b"));
    assert_int_equal(mr_os_stat_path(os, "/b", &st, &err), MR_IO);
    assert_true(exists(os, "/b"));
    mr_sim_free(sim);
}

static void mounts_are_synced_apart(void **state)
{
    int lost = 0;

    (void)state;
    for (uint64_t seed = 0; seed < 32; seed++) {
        mr_sim *sim = mr_sim_new(1);
        mr_os *os = mr_sim_os(sim);
        mr_error err;

        mr_sim_mount(sim, "/far/disk");
        mr_os_close(make(os, "/near", "one", true), NULL);
        mr_os_close(make(os, "/far/disk/file", "two", true), NULL);
        CHECK_OK(mr_os_sync_fs(os, "/near", &err), &err);
        assert_int_equal(mr_os_rename(os, "/near", "/far/disk/near", &err), MR_IO);
        assert_int_equal(err.sys_errno, EXDEV);
        mr_sim_restart(sim, MR_SIM_POWER, seed);
        assert_true(holds(os, "/near", "one"));
        lost += !exists(os, "/far/disk/file");
        CHECK_OK(mr_os_sync_fs(os, "/far/disk", &err), &err);
        mr_sim_free(sim);
    }
    assert_true(lost > 0 && lost < 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unsynced_write_may_be_lost),
        cmocka_unit_test(big_write_may_be_torn),
        cmocka_unit_test(rename_without_dir_sync_may_vanish),
        cmocka_unit_test(synced_file_survives),
        cmocka_unit_test(killed_process_loses_nothing),
        cmocka_unit_test(large_file_appears_late),
        cmocka_unit_test(large_file_fails_at_its_close),
        cmocka_unit_test(conflicts),
        cmocka_unit_test(points_and_faults),
        cmocka_unit_test(clock_random_watch),
        cmocka_unit_test(placed_files_and_strikes),
        cmocka_unit_test(mounts_are_synced_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
