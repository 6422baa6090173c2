package dev.flightdeck.spark;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkEnv;
import org.apache.spark.rpc.RpcCallContext;
import org.apache.spark.rpc.RpcEndpointRef;
import org.apache.spark.rpc.RpcEnv;
import org.apache.spark.rpc.ThreadSafeRpcEndpoint;
import scala.PartialFunction;
import scala.runtime.AbstractPartialFunction;
import scala.runtime.BoxedUnit;

/**
 * The mail of one search, in Spark's driver: tasks bring what their trials write, by Spark's own messages between executors and driver, and whoever
 * searches takes it, by the function trial_mail; and the other way round.
 */
final class Mailbox implements ThreadSafeRpcEndpoint {
  /** What nobody takes: the oldest is dropped. */
  private static final int LINES_MAX = 100_000;
  private static final long CHARS_MAX = 64 * 1024 * 1024;
  /**
   * A reader that is cut off notices after a minute of silence and tries for five more to come back (execution.ts): whoever is not heard of for
   * longer is gone.
   */
  private static final long ABANDONED_MS = 7 * 60_000;
  /** The answer to a task that may end. */
  static final String ABANDONED = "abandoned";
  private static final Map<String, Mailbox> OPEN = new HashMap<>();

  private final RpcEnv rpcEnv;
  private final Deque<String> lines = new ArrayDeque<>();
  private final Map<String, List<String>> replies = new HashMap<>();
  /** In {@link #lines}. */
  private long charCount;
  /** The number of the last line that is not in {@link #lines} any more. */
  private long takenCount;
  private long readAt = System.nanoTime();
  private RpcEndpointRef ref;

  private Mailbox(RpcEnv rpcEnv) {
    this.rpcEnv = rpcEnv;
  }

  static String nameOf(String search) {
    return "flightdeck-" + search;
  }

  /** The mailbox of a search, opened if it is not. */
  static Mailbox of(String search) {
    synchronized (OPEN) {
      return OPEN.computeIfAbsent(
          search,
          name -> {
            Mailbox opened = new Mailbox(SparkEnv.get().rpcEnv());
            opened.ref = opened.rpcEnv.setupEndpoint(nameOf(name), opened);
            return opened;
          });
    }
  }

  static void close(String search) {
    synchronized (OPEN) {
      Mailbox mailbox = OPEN.remove(search);
      if (mailbox != null) mailbox.rpcEnv.stop(mailbox.ref);
    }
  }

  /**
   * The lines behind a number, after at most so many milliseconds: the number of the last one, and a line each. Lines up to the number are
   * forgotten, so that a reader who did not get an answer may ask again.
   */
  synchronized String read(long after, long waitMs) throws InterruptedException {
    readAt = System.nanoTime();
    while (takenCount < after && !lines.isEmpty()) forgetFirst();
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(waitMs);
    while (lines.isEmpty()) {
      long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (left <= 0) break;
      wait(left);
    }
    List<String> answer = new ArrayList<>();
    answer.add(Long.toString(takenCount + lines.size()));
    answer.addAll(lines);
    return String.join("\n", answer);
  }

  private void forgetFirst() {
    charCount -= lines.removeFirst().length();
    takenCount++;
  }

  /** Keeps an answer for a trial until its task asks. */
  synchronized void reply(String operation, String line) {
    replies.computeIfAbsent(operation, name -> new ArrayList<>()).add(line);
  }

  private synchronized String receive(String letter) {
    String[] parts = letter.split("\n", -1);
    for (int index = 1; index < parts.length; index++) {
      String line = parts[0] + " " + parts[index];
      lines.addLast(line);
      charCount += line.length();
      while (lines.size() > 1 && (lines.size() > LINES_MAX || charCount > CHARS_MAX)) forgetFirst();
    }
    if (parts.length > 1) notifyAll();
    if (System.nanoTime() - readAt > TimeUnit.MILLISECONDS.toNanos(ABANDONED_MS)) return ABANDONED;
    List<String> found = replies.remove(parts[0]);
    return found == null ? "" : String.join("\n", found);
  }

  @Override
  public RpcEnv rpcEnv() {
    return rpcEnv;
  }

  @Override
  public PartialFunction<Object, BoxedUnit> receiveAndReply(RpcCallContext context) {
    return new AbstractPartialFunction<Object, BoxedUnit>() {
      @Override
      public boolean isDefinedAt(Object message) {
        return message instanceof String;
      }

      @Override
      public BoxedUnit apply(Object message) {
        context.reply(receive((String) message));
        return BoxedUnit.UNIT;
      }
    };
  }
}
