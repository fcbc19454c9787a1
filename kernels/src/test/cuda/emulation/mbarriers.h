// mbarrier: barriers in shared memory on which threads arrive without waiting, and asynchronous copies count off bytes.
#pragma once

namespace emu {

/** mbarrier.init: a phase ends when so many arrivals, and all bytes that were expected, have come. */
void barrier_init(uint64_t* barrier, unsigned arrivals);
void barrier_arrive(uint64_t* barrier);
/** The same by an asynchronous copy: orders no accesses of the thread that happens to run. */
void barrier_arrive_later(uint64_t* barrier);
/** mbarrier.arrive.expect_tx: besides, so many more bytes are to come in this phase. */
void barrier_arrive_expecting(uint64_t* barrier, unsigned bytes);
/** mbarrier.try_wait.parity until it holds: waits for the end of the phase of that parity; the first phase has parity 0. */
void barrier_wait(uint64_t* barrier, unsigned parity, int line);

}  // namespace emu
