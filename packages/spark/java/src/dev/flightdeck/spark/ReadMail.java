package dev.flightdeck.spark;

import org.apache.spark.SparkContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.sql.api.java.UDF3;

/**
 * The function trial_mail(what, search, text), which Spark evaluates in its driver when its arguments are constants:
 *
 * <ul>
 *   <li>open: how many tasks the cluster runs at once
 *   <li>read, with the number of the last line that arrived: what {@link Mailbox#read} gives
 *   <li>tell, with an operation and a line, one below the other: answers a trial
 *   <li>close
 * </ul>
 */
public final class ReadMail implements UDF3<String, String, String, String> {
  private static final long serialVersionUID = 1L;

  /** Long enough to cost nothing while nothing comes; a connection that is silent for longer may count as lost. */
  private static final long READ_MS_MAX = 10_000;

  @Override
  public String call(String what, String search, String text) throws Exception {
    if (!"driver".equals(SparkEnv.get().executorId())) return "not on the driver";
    switch (what) {
      case "open":
        Mailbox.of(search);
        return Integer.toString(SparkContext.getOrCreate().defaultParallelism());
      case "read":
        return Mailbox.of(search).read(Long.parseLong(text), READ_MS_MAX);
      case "tell":
        int at = text.indexOf('\n');
        Mailbox.of(search).reply(text.substring(0, at), text.substring(at + 1));
        return "";
      default:
        Mailbox.close(search);
        return "";
    }
  }
}
