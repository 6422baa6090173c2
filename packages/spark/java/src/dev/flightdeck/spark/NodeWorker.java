package dev.flightdeck.spark;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * A Node process that evaluates trials of one search, one after the other. Of the lines that it writes, those that begin with its secret mark are its
 * own words, and all others are what the objective prints.
 *
 * <p>An executor keeps a process for the next trial of the search, but not for long: nobody tells it when the search is over. The process ends by
 * itself when its input ends, so that it does not outlive an executor that is killed.
 */
final class NodeWorker {
  /** In a search that goes on, the next trial comes in a tenth of this time; after it, nothing is left a second later. */
  private static final long IDLE_MS = 600;
  /** A trial that prints faster than its lines are taken loses the oldest. */
  private static final int LINES_MAX = 10_000;
  private static final long CHARS_MAX = 64 * 1024 * 1024;
  private static final long END_MS_MAX = 2_000;
  /** The two outputs are read apart; the slower one gets this much to arrive. */
  private static final long DRAIN_MS_MAX = 500;

  private static final Map<String, Deque<NodeWorker>> IDLE = new HashMap<>();
  private static final ScheduledExecutorService TIMER =
      Executors.newSingleThreadScheduledExecutor(task -> daemon(task, "flightdeck-idle-workers"));

  private final String search;
  private final String mark = UUID.randomUUID().toString();
  private final Process process;
  private final OutputStream input;
  private final Object lock = new Object();
  private final Deque<String> lines = new ArrayDeque<>();
  /** In {@link #lines}. */
  private long charCount;
  private String answer;
  private int openQuestions;
  /** Outputs that have not come to the trial's end. */
  private int openOutputs = 2;
  private int closedOutputs;
  /** The process has ended, or has closed both of its outputs: no answer comes any more. */
  private boolean hasEnded;
  private ScheduledFuture<?> ending;

  private NodeWorker(String search) throws IOException {
    this.search = search;
    process = start(BundleFolder.of(search));
    input = process.getOutputStream();
    // Not by its outputs alone: a program that it started may hold them open.
    process.onExit().thenRun(this::end);
    read(process.getInputStream(), 'o');
    read(process.getErrorStream(), 'e');
  }

  /** An idle process of the search, else a new one. */
  static NodeWorker take(String search) throws IOException {
    synchronized (IDLE) {
      Deque<NodeWorker> idle = IDLE.get(search);
      NodeWorker found = idle == null ? null : idle.pollLast();
      if (found != null && found.ending.cancel(false) && found.process.isAlive()) return found;
    }
    return new NodeWorker(search);
  }

  /** Keeps the process for the next trial for a while. */
  void giveBack() {
    synchronized (IDLE) {
      IDLE.computeIfAbsent(search, name -> new ArrayDeque<>()).addLast(this);
      ending = TIMER.schedule(this::endIdle, IDLE_MS, TimeUnit.MILLISECONDS);
    }
  }

  private void endIdle() {
    synchronized (IDLE) {
      Deque<NodeWorker> idle = IDLE.get(search);
      if (idle == null || !idle.remove(this)) return;
      if (idle.isEmpty()) IDLE.remove(search);
    }
    kill();
  }

  /** Kills the process and all that it started. */
  void kill() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    try {
      process.waitFor(END_MS_MAX, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Fires the trial's signal, and waits for a while until it has ended. */
  void abort(long ms) {
    tell("a");
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ms);
    synchronized (lock) {
      while (answer == null && !hasEnded) {
        long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        if (left <= 0) return;
        try {
          lock.wait(left);
        } catch (InterruptedException e) {
          return;
        }
      }
    }
  }

  void begin(String trial) {
    synchronized (lock) {
      answer = null;
      openQuestions = 0;
      openOutputs = 2;
      lines.clear();
      charCount = 0;
    }
    tell(trial);
  }

  /** Answers a question of the worker's. */
  void reply(String line) {
    synchronized (lock) {
      openQuestions--;
    }
    tell(line);
  }

  /** Waits a while; true when the trial has ended and all that it wrote is there, or the process has ended. */
  boolean awaitEnd(long ms) throws InterruptedException {
    synchronized (lock) {
      if (!isOver() && lines.isEmpty()) lock.wait(ms);
      if (isOver()) awaitOutputs();
      return isOver();
    }
  }

  private void awaitOutputs() throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(DRAIN_MS_MAX);
    while (openOutputs > 0) {
      long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (left <= 0) return;
      lock.wait(left);
    }
  }

  private void end() {
    synchronized (lock) {
      hasEnded = true;
      lock.notifyAll();
    }
  }

  private boolean isOver() {
    return answer != null || hasEnded;
  }

  boolean hasOpenQuestion() {
    synchronized (lock) {
      return openQuestions > 0;
    }
  }

  /** What the trial wrote since: lines that begin with m for a message, o or e for its outputs. */
  List<String> takeLines() {
    synchronized (lock) {
      List<String> taken = new ArrayList<>(lines);
      lines.clear();
      charCount = 0;
      return taken;
    }
  }

  String answer() {
    synchronized (lock) {
      return answer;
    }
  }

  /** How the process ended, when it did so without an answer. */
  String describeEnd() throws InterruptedException {
    if (!process.waitFor(END_MS_MAX, TimeUnit.MILLISECONDS)) return "it closed its output";
    int code = process.exitValue();
    return code > 128 ? "by signal " + (code - 128) : "with exit code " + code;
  }

  private void tell(String line) {
    try {
      input.write((line + "\n").getBytes(StandardCharsets.UTF_8));
      input.flush();
    } catch (IOException e) {
      // The process has ended, which its outputs tell.
    }
  }

  private Process start(File folder) throws IOException {
    String own = System.getenv("FLIGHTDECK_NODE");
    String node = own == null || own.isEmpty() ? "node" : own;
    ProcessBuilder builder = new ProcessBuilder(node, "main.mjs", mark).directory(folder);
    // What the objective has no business to know.
    builder.environment().keySet().removeIf(name -> name.startsWith("_SPARK_AUTH_SECRET"));
    try {
      return builder.start();
    } catch (IOException e) {
      throw new IOException("Node cannot be started on this executor: " + e.getMessage(), e);
    }
  }

  private void read(InputStream stream, char name) {
    daemon(() -> readLines(stream, name), "flightdeck-trial-" + name).start();
  }

  private void readLines(InputStream stream, char name) {
    OutputLine line = new OutputLine(mark, this::refuseWord);
    char[] buffer = new char[8192];
    try (Reader reader = new InputStreamReader(stream, StandardCharsets.UTF_8)) {
      for (int count = reader.read(buffer); count >= 0; count = reader.read(buffer)) {
        int start = 0;
        for (int at = 0; at < count; at++) {
          if (buffer[at] != '\n') continue;
          line.append(buffer, start, at - start);
          takeLine(line, name);
          start = at + 1;
        }
        line.append(buffer, start, count - start);
      }
    } catch (IOException e) {
      // Killed while it was read.
    }
    synchronized (lock) {
      // A word without its line feed is not whole.
      if (!line.isEmpty() && line.printed() != null) keep(name + line.printed());
      openOutputs--;
      if (++closedOutputs == 2) hasEnded = true;
      lock.notifyAll();
    }
  }

  private void refuseWord() {
    synchronized (lock) {
      keep("e" + "what fn returned is too long to be sent");
      lock.notifyAll();
    }
    kill();
  }

  private void takeLine(OutputLine line, char name) {
    synchronized (lock) {
      String printed = line.printed();
      String word = line.word();
      if (printed != null) keep(name + printed);
      if (word != null) takeWord(word);
      lock.notifyAll();
    }
    line.clear();
  }

  private void takeWord(String word) {
    char kind = word.isEmpty() ? ' ' : word.charAt(0);
    String text = word.isEmpty() ? "" : word.substring(1);
    if (kind == '.') openOutputs--;
    else if (kind == '!') answer = text;
    else keep("m" + word);
    if (kind == '?') openQuestions++;
  }

  private void keep(String line) {
    lines.addLast(line);
    charCount += line.length();
    while (lines.size() > 1 && (lines.size() > LINES_MAX || charCount > CHARS_MAX)) {
      charCount -= lines.removeFirst().length();
    }
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }
}
