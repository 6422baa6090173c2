package dev.flightdeck.spark;

/**
 * One line of a worker's output, as it comes: what the objective printed, then, behind the worker's mark, a word of the worker's own. An output may
 * end without a line feed, and so before a mark. Takes bounded memory, however long the line is.
 */
final class OutputLine {
  /** More of what the objective printed in one line is dropped. */
  private static final int PRINTED_CHARS_MAX = 1024 * 1024;
  /** A word holds what the objective returned; more cannot be sent to whoever searches. */
  private static final int WORD_CHARS_MAX = 128 * 1024 * 1024;

  private final String mark;
  private final Runnable onWordTooLong;
  private final StringBuilder text = new StringBuilder();
  /** What was printed before the mark, when there was more than is kept. */
  private String cut;
  /** Where the mark begins; -1 before it has come. */
  private int markAt = -1;

  OutputLine(String mark, Runnable onWordTooLong) {
    this.mark = mark;
    this.onWordTooLong = onWordTooLong;
  }

  void append(char[] buffer, int start, int count) {
    int before = text.length();
    text.append(buffer, start, count);
    if (markAt < 0) markAt = text.indexOf(mark, Math.max(0, before - mark.length() + 1));
    if (markAt >= 0) {
      if (text.length() - markAt > WORD_CHARS_MAX) onWordTooLong.run();
    } else if (text.length() > PRINTED_CHARS_MAX) {
      if (cut == null) cut = text.substring(0, PRINTED_CHARS_MAX);
      // A mark may have begun.
      text.delete(0, text.length() - mark.length() + 1);
    }
  }

  boolean isEmpty() {
    return text.length() == 0 && cut == null;
  }

  /** What the objective printed; null for a line that is the worker's alone. */
  String printed() {
    if (cut != null) return cut;
    if (markAt == 0) return null;
    String printed = markAt < 0 ? text.toString() : text.substring(0, markAt);
    return printed.endsWith("\r") ? printed.substring(0, printed.length() - 1) : printed;
  }

  /** The worker's word; null when the line holds none. */
  String word() {
    return markAt < 0 ? null : text.substring(markAt + mark.length());
  }

  void clear() {
    text.setLength(0);
    // A long line's memory is not kept for the short ones that follow.
    if (text.capacity() > 2 * PRINTED_CHARS_MAX) text.trimToSize();
    cut = null;
    markAt = -1;
  }
}
