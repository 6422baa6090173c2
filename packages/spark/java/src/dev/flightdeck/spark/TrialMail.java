package dev.flightdeck.spark;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkEnv;
import org.apache.spark.rpc.RpcEndpointRef;
import org.apache.spark.util.RpcUtils;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/** An executor's end of the mail between a trial and whoever searches; the other end is {@link Mailbox}. */
final class TrialMail {
  /** Whoever searches may have died: a trial that has nothing to say asks this often. */
  private static final long ASK_MS_MAX = 5_000;
  private static final ClassTag<String> TEXT = ClassTag$.MODULE$.apply(String.class);

  private final String operation;
  private final int attempt;
  private final RpcEndpointRef mailbox;
  private int sentCount;
  private long askedAt = System.nanoTime();

  TrialMail(String search, String operation, int attempt) {
    SparkEnv env = SparkEnv.get();
    this.operation = operation;
    this.attempt = attempt;
    this.mailbox = RpcUtils.makeDriverRef(Mailbox.nameOf(search), env.conf(), env.rpcEnv());
  }

  int attempt() {
    return attempt;
  }

  int sentCount() {
    return sentCount;
  }

  /** Sends what the trial wrote, and gives it the answers that are there; false when nobody waits for the trial any more. */
  boolean exchange(NodeWorker worker) {
    List<String> lines = worker.takeLines();
    boolean isDue = System.nanoTime() - askedAt > TimeUnit.MILLISECONDS.toNanos(ASK_MS_MAX);
    if (lines.isEmpty() && !worker.hasOpenQuestion() && !isDue) return true;
    askedAt = System.nanoTime();
    List<String> letter = new ArrayList<>();
    letter.add(operation);
    for (String line : lines) letter.add(attempt + " " + line);
    String reply = mailbox.askSync(String.join("\n", letter), TEXT);
    sentCount += lines.size();
    if (reply.equals(Mailbox.ABANDONED)) return false;
    if (!reply.isEmpty()) for (String line : reply.split("\n")) worker.reply(line);
    return true;
  }
}
