// Queues of work and marks in them.
#include <time.h>

#include "driver.h"

namespace driver {
namespace {

double now() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec * 1e-6;
}

void step(Stream& stream) {
  std::function<void()> next = std::move(stream.queue.front());
  stream.queue.pop_front();
  if (!state().sticky) next();
}

// Works on the mark's queue until the mark is reached.
void reach(Mark& mark) {
  while (!mark.reached && !mark.stream->queue.empty()) step(*mark.stream);
}

CUresult unknown(const char* name) { return refuse(INVALID_HANDLE, std::string(name) + ": no such handle, or destroyed"); }

bool is_default(Handle stream) { return stream <= 2; }

CUresult capturing(const char* name, Stream& stream) {
  stream.capture->invalid = true;
  return refuse(CAPTURE_UNSUPPORTED, std::string(name) + " on a stream that is capturing");
}

void push(Stream& stream, std::function<void()> work) {
  stream.queue.push_back(std::move(work));
  if (!state().options.late) drain(stream);
}

}  // namespace

void drain(Stream& stream) {
  while (!stream.queue.empty()) step(stream);
}
void drain_all() {
  // In the order of the emulation's threads, so that what streams owe each other is tried in more than one order.
  std::vector<Stream*> streams;
  for (const auto& [handle, stream] : state().streams.all()) streams.push_back(stream.get());
  if (emu::options().order == emu::Order::reverse) std::reverse(streams.begin(), streams.end());
  for (Stream* stream : streams) drain(*stream);
}
void drain_blocking() {
  for (const auto& [handle, stream] : state().streams.all())
    if (stream->blocking) drain(*stream);
}

CUresult forbidden_in_capture(const char* name) {
  constexpr int relaxed = 2;
  for (const auto& [handle, stream] : state().streams.all())
    if (stream->capture && stream->capture->mode != relaxed) return capturing(name, *stream);
  return SUCCESS;
}

CUresult enqueue(const char* name, Handle handle, Node node) {
  if (is_default(handle)) {
    for (const auto& [other, stream] : state().streams.all())
      if (stream->capture && stream->blocking) {
        stream->capture->invalid = true;
        return refuse(CAPTURE_IMPLICIT, std::string(name) + " on the default stream while another captures");
      }
    drain_blocking();
    if (!state().sticky) node.run();
    return SUCCESS;
  }
  Stream* stream = state().streams.find(handle);
  if (!stream) return unknown(name);
  if (stream->capture) {
    if (stream->capture->invalid) return refuse(CAPTURE_INVALIDATED, std::string(name) + ": the capture has failed");
    if (stream != stream->capture->origin) stream->capture->unjoined.insert(stream);
    stream->capture->nodes.push_back(std::move(node));
    return SUCCESS;
  }
  push(*stream, std::move(node.run));
  return SUCCESS;
}

}  // namespace driver

using namespace driver;

DRIVER_API CUresult cuStreamCreate(Handle* stream, unsigned flags) {
  return in_context("cuStreamCreate", [&] {
    auto made = std::make_unique<Stream>();
    made->blocking = !(flags & 1);
    *stream = state().streams.add(std::move(made));
    return SUCCESS;
  });
}
DRIVER_API CUresult cuStreamCreateWithPriority(Handle* stream, unsigned flags, int) {
  return cuStreamCreate(stream, flags);
}
DRIVER_API CUresult cuStreamDestroy_v2(Handle handle) {
  return in_context("cuStreamDestroy", [&]() -> CUresult {
    Stream* stream = state().streams.find(handle);
    if (!stream) return unknown("cuStreamDestroy");
    if (stream->capture) return capturing("cuStreamDestroy", *stream);
    drain(*stream);
    for (const auto& [other, event] : state().events.all())
      if (event->captured_on == stream) event->captured = nullptr;
    state().streams.remove(handle);
    return SUCCESS;
  });
}
DRIVER_API CUresult cuStreamSynchronize(Handle handle) {
  return in_context("cuStreamSynchronize", [&]() -> CUresult {
    if (is_default(handle)) {
      if (const CUresult code = forbidden_in_capture("cuStreamSynchronize")) return code;
      drain_blocking();
      return SUCCESS;
    }
    Stream* stream = state().streams.find(handle);
    if (!stream) return unknown("cuStreamSynchronize");
    if (stream->capture) return capturing("cuStreamSynchronize", *stream);
    drain(*stream);
    return SUCCESS;
  });
}
// Each question lets one piece of work happen, so that whoever asks in a loop gets an end.
DRIVER_API CUresult cuStreamQuery(Handle handle) {
  return in_context("cuStreamQuery", [&]() -> CUresult {
    Stream* stream = state().streams.find(handle);
    if (!stream) return unknown("cuStreamQuery");
    if (stream->capture) return capturing("cuStreamQuery", *stream);
    if (stream->queue.empty()) return SUCCESS;
    step(*stream);
    return NOT_READY;
  });
}
DRIVER_API CUresult cuStreamWaitEvent(Handle handle, Handle event_handle, unsigned) {
  return in_context("cuStreamWaitEvent", [&]() -> CUresult {
    Stream* stream = state().streams.find(handle);
    Event* event = state().events.find(event_handle);
    if (!stream || !event) return unknown("cuStreamWaitEvent");
    if (event->captured) {
      if (event->captured->invalid) return refuse(CAPTURE_INVALIDATED, "cuStreamWaitEvent: the capture has failed");
      if (!stream->capture) {
        stream->capture = event->captured;
        event->captured->members.insert(stream);
      } else if (stream->capture != event->captured) {
        stream->capture->invalid = event->captured->invalid = true;
        return refuse(CAPTURE_ISOLATION, "cuStreamWaitEvent joins two captures");
      }
      event->captured->unjoined.erase(event->captured_on);
      return SUCCESS;
    }
    if (stream->capture) {
      stream->capture->invalid = true;
      return refuse(CAPTURE_ISOLATION, "cuStreamWaitEvent in a capture for an event recorded outside it");
    }
    if (event->mark) push(*stream, [mark = event->mark] { reach(*mark); });
    return SUCCESS;
  });
}

DRIVER_API CUresult cuEventCreate(Handle* event, unsigned flags) {
  return in_context("cuEventCreate", [&] {
    auto made = std::make_unique<Event>();
    made->timed = !(flags & 2);
    *event = state().events.add(std::move(made));
    return SUCCESS;
  });
}
DRIVER_API CUresult cuEventDestroy_v2(Handle event) {
  return in_context("cuEventDestroy", [&] {
    return state().events.remove(event) ? SUCCESS : unknown("cuEventDestroy");
  });
}
DRIVER_API CUresult cuEventRecord(Handle event_handle, Handle stream_handle) {
  return in_context("cuEventRecord", [&]() -> CUresult {
    Event* event = state().events.find(event_handle);
    Stream* stream = state().streams.find(stream_handle);
    if (!event) return unknown("cuEventRecord");
    auto mark = std::make_shared<Mark>();
    mark->stream = stream;
    event->captured = nullptr;
    event->captured_on = nullptr;
    if (is_default(stream_handle)) {
      if (const CUresult code = forbidden_in_capture("cuEventRecord")) return code;
      drain_blocking();
      mark->reached = true;
      mark->milliseconds = now();
      event->mark = mark;
      return SUCCESS;
    }
    if (!stream) return unknown("cuEventRecord");
    if (stream->capture) {
      if (stream->capture->invalid) return refuse(CAPTURE_INVALIDATED, "cuEventRecord: the capture has failed");
      event->mark = nullptr;
      event->captured = stream->capture;
      event->captured_on = stream;
      return SUCCESS;
    }
    event->mark = mark;
    push(*stream, [mark] {
      mark->reached = true;
      mark->milliseconds = now();
    });
    return SUCCESS;
  });
}
DRIVER_API CUresult cuEventQuery(Handle handle) {
  return in_context("cuEventQuery", [&]() -> CUresult {
    Event* event = state().events.find(handle);
    if (!event) return unknown("cuEventQuery");
    if (event->captured) {
      event->captured->invalid = true;
      return refuse(CAPTURED_EVENT, "cuEventQuery of an event recorded in a capture");
    }
    if (!event->mark || event->mark->reached) return SUCCESS;
    step(*event->mark->stream);
    return NOT_READY;
  });
}
DRIVER_API CUresult cuEventSynchronize(Handle handle) {
  return in_context("cuEventSynchronize", [&]() -> CUresult {
    Event* event = state().events.find(handle);
    if (!event) return unknown("cuEventSynchronize");
    if (event->captured) {
      event->captured->invalid = true;
      return refuse(CAPTURED_EVENT, "cuEventSynchronize of an event recorded in a capture");
    }
    if (event->mark) reach(*event->mark);
    return SUCCESS;
  });
}
DRIVER_API CUresult cuEventElapsedTime(float* milliseconds, Handle from, Handle to) {
  return in_context("cuEventElapsedTime", [&]() -> CUresult {
    Event *first = state().events.find(from), *second = state().events.find(to);
    if (!first || !second) return unknown("cuEventElapsedTime");
    if (!first->timed || !second->timed || !first->mark || !second->mark)
      return refuse(INVALID_HANDLE, "cuEventElapsedTime of events that were not recorded, or made without timing");
    if (!first->mark->reached || !second->mark->reached) return NOT_READY;
    *milliseconds = float(second->mark->milliseconds - first->mark->milliseconds);
    return SUCCESS;
  });
}

DRIVER_API CUresult cuStreamBeginCapture_v2(Handle handle, int mode) {
  return in_context("cuStreamBeginCapture", [&]() -> CUresult {
    Stream* stream = state().streams.find(handle);
    if (!stream) return refuse(CAPTURE_UNSUPPORTED, "cuStreamBeginCapture on the default stream, or none");
    if (stream->capture) return refuse(INVALID_VALUE, "cuStreamBeginCapture: the stream is capturing");
    stream->capture = std::make_shared<Capture>();
    stream->capture->origin = stream;
    stream->capture->mode = mode;
    stream->capture->members.insert(stream);
    return SUCCESS;
  });
}
DRIVER_API CUresult cuStreamEndCapture(Handle handle, Handle* graph) {
  return in_context("cuStreamEndCapture", [&]() -> CUresult {
    *graph = 0;
    Stream* stream = state().streams.find(handle);
    if (!stream || !stream->capture) return refuse(INVALID_VALUE, "cuStreamEndCapture: the stream is not capturing");
    std::shared_ptr<Capture> capture = stream->capture;
    if (capture->origin != stream) return refuse(CAPTURE_UNMATCHED, "cuStreamEndCapture on another stream");
    for (Stream* member : capture->members) member->capture = nullptr;
    for (const auto& [other, event] : state().events.all())
      if (event->captured == capture) event->captured = nullptr;
    if (capture->invalid) return CAPTURE_INVALIDATED;  // the reason is kept from when it happened
    if (!capture->unjoined.empty()) return refuse(CAPTURE_UNJOINED, "a stream of the capture was not joined");
    auto made = std::make_unique<Graph>();
    made->nodes = capture->nodes;
    for (const Node& node : made->nodes) made->handles.push_back(state().nodes.add(std::make_unique<Work>(node.work)));
    *graph = state().graphs.add(std::move(made));
    return SUCCESS;
  });
}
DRIVER_API CUresult cuStreamIsCapturing(Handle handle, int* status) {
  return in_context("cuStreamIsCapturing", [&]() -> CUresult {
    Stream* stream = state().streams.find(handle);
    *status = stream && stream->capture ? (stream->capture->invalid ? 2 : 1) : 0;
    return SUCCESS;
  });
}

DRIVER_API CUresult cuGraphInstantiateWithFlags(Handle* executable, Handle handle, unsigned long long) {
  return in_context("cuGraphInstantiate", [&]() -> CUresult {
    Graph* graph = state().graphs.find(handle);
    if (!graph) return unknown("cuGraphInstantiate");
    auto made = std::make_unique<Graph>();
    made->nodes = graph->nodes;
    *executable = state().executables.add(std::move(made));
    return SUCCESS;
  });
}
DRIVER_API CUresult cuGraphUpload(Handle handle, Handle) {
  return in_context("cuGraphUpload", [&] { return state().executables.find(handle) ? SUCCESS : unknown("cuGraphUpload"); });
}
DRIVER_API CUresult cuGraphLaunch(Handle handle, Handle stream) {
  return in_context("cuGraphLaunch", [&]() -> CUresult {
    if (!state().executables.find(handle)) return unknown("cuGraphLaunch");
    return enqueue("cuGraphLaunch", stream, {Work::other, [handle] {
      Graph* executable = state().executables.find(handle);
      if (!executable) {
        state().sticky = refuse(LAUNCH_FAILED, "a graph was destroyed before its launch happened");
        return;
      }
      for (const Node& node : executable->nodes)
        if (!state().sticky) node.run();
    }});
  });
}
DRIVER_API CUresult cuGraphGetNodes(Handle handle, Handle* nodes, size_t* count) {
  return in_context("cuGraphGetNodes", [&]() -> CUresult {
    Graph* graph = state().graphs.find(handle);
    if (!graph) return unknown("cuGraphGetNodes");
    if (nodes)
      for (size_t i = 0; i < *count; i++) nodes[i] = i < graph->handles.size() ? graph->handles[i] : 0;
    if (!nodes || *count > graph->handles.size()) *count = graph->handles.size();
    return SUCCESS;
  });
}
DRIVER_API CUresult cuGraphNodeGetType(Handle handle, int* type) {
  return in_context("cuGraphNodeGetType", [&]() -> CUresult {
    Work* work = state().nodes.find(handle);
    if (!work) return unknown("cuGraphNodeGetType");
    *type = static_cast<int>(*work);
    return SUCCESS;
  });
}
DRIVER_API CUresult cuGraphDestroy(Handle handle) {
  return in_context("cuGraphDestroy", [&]() -> CUresult {
    Graph* graph = state().graphs.find(handle);
    if (!graph) return unknown("cuGraphDestroy");
    for (Handle node : graph->handles) state().nodes.remove(node);
    state().graphs.remove(handle);
    return SUCCESS;
  });
}
DRIVER_API CUresult cuGraphExecDestroy(Handle handle) {
  return in_context("cuGraphExecDestroy", [&] {
    return state().executables.remove(handle) ? SUCCESS : unknown("cuGraphExecDestroy");
  });
}
