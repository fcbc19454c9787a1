// What the launch needs of the order of turns.
#pragma once
#include <string>

namespace emu {

struct Thread;

/** Puts the warps in the order that the options ask for. */
void start_schedule();
/** Who has the next turn; null when nobody is ready. */
Thread* next_thread();
/** Why nobody is ready although threads are left. */
std::string deadlock();
/** Lets one asynchronous copy that only a barrier waits for land; false when none is under way. */
bool land_a_copy();
/** Why a thread waits for a barrier; empty when none does. */
std::string waits_for_a_barrier();
/** An error when a warp ends while products of it are under way, or without those that its warpgroup computed. */
void check_products(unsigned warp);
/** Forgets what barriers, copies and products of the last block left. */
void clear_barriers();
void clear_products();
/** Ends one Unwatched. */
void watch_again();
/** Counts a thread as ended; an error when others wait for it. */
void check_exit(Thread& self);

}  // namespace emu
