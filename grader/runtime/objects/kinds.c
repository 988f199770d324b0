/* kinds.c - the table of kinds. */
#include "kinds.h"

const struct rt_traits *const rt_traits[KIND_COUNT] = {
    [KIND_NONE] = &(const struct rt_traits){.name = "memory"},
    [KIND_MUTEX] = &rt_mutex_traits,
    [KIND_RWLOCK] = &rt_rwlock_traits,
    [KIND_SPINLOCK] = &rt_spinlock_traits,
    [KIND_CONDITION] = &rt_condition_traits,
    [KIND_SEMAPHORE] = &rt_semaphore_traits,
    [KIND_BARRIER] = &rt_barrier_traits,
    [KIND_ONCE] = &rt_once_traits,
    [KIND_PRIVATE] = &(const struct rt_traits){.name = ""},
    [KIND_ABANDONED] = &(const struct rt_traits){.name = ""},
    [KIND_THREAD] = &(const struct rt_traits){.name = "", .ends_by_signal = true},
    [KIND_CHILD] = &(const struct rt_traits){.name = "", .ends_by_signal = true, .comes_unseen = true},
    [KIND_SIGNAL] = &rt_signal_traits,
    [KIND_READ_END] = &rt_read_end_traits,
    [KIND_WRITE_END] = &rt_write_end_traits,
    [KIND_DESCRIPTORS] = &rt_descriptors_traits,
    [KIND_CONNECTION] = &rt_connection_traits,
    [KIND_BACKLOG] = &rt_backlog_traits,
    [KIND_TIME] = &(const struct rt_traits){.name = "", .ends_by_signal = true},
    [KIND_GATE] = &(const struct rt_traits){.name = ""},
};
