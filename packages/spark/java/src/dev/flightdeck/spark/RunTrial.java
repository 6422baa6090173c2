package dev.flightdeck.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.api.java.UDF3;

/**
 * The function run_trial(search, operation, trial): evaluates one trial of a search in a Node process of the executor's.
 *
 * <p>The answer is two lines: "ATTEMPT EXECUTOR SENT KIND", with how many lines of mail the trial sent; and the worker's last word for the
 * kind "answer", how its process ended before that for "end", or why it could not begin for "error". Whatever a trial does wrong is an answer: Spark would run a task that throws three more
 * times. Only what Spark itself loses runs again.
 */
public final class RunTrial implements UDF3<String, String, String, String> {
  private static final long serialVersionUID = 1L;

  /** How often the task looks whether it was cancelled, and at the mail: what is cancelled must be gone within a second. */
  private static final long LOOK_MS = 20;
  /** What a cancelled objective gets to clean up once its signal has fired. */
  private static final long ABORT_MS_MAX = 300;

  @Override
  public String call(String search, String operation, String trial) throws Exception {
    TaskContext task = TaskContext.get();
    TrialMail mail = new TrialMail(search, operation, task.attemptNumber());
    NodeWorker worker;
    try {
      worker = NodeWorker.take(search);
    } catch (IOException | UncheckedIOException e) {
      return answer(mail, "error", oneLine(e.getMessage()));
    }
    boolean isReusable = false;
    try {
      worker.begin(trial);
      while (!worker.awaitEnd(LOOK_MS)) {
        if (!mail.exchange(worker)) return answer(mail, "error", "nobody waits for the trial any more");
        if (task.isInterrupted()) throw new InterruptedException("the trial was cancelled");
      }
      mail.exchange(worker);
      String last = worker.answer();
      if (last == null) return answer(mail, "end", worker.describeEnd());
      isReusable = true;
      return answer(mail, "answer", last);
    } catch (InterruptedException e) {
      worker.abort(ABORT_MS_MAX);
      throw e;
    } finally {
      if (isReusable) worker.giveBack();
      else worker.kill();
    }
  }

  private static String answer(TrialMail mail, String kind, String text) {
    String executor = SparkEnv.get().executorId();
    return mail.attempt() + " " + executor + " " + mail.sentCount() + " " + kind + "\n" + text;
  }

  private static String oneLine(String text) {
    return text == null ? "no reason was given" : text.replaceAll("\\s+", " ").trim();
  }
}
