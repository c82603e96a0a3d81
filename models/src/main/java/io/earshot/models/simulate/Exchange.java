package io.earshot.models.simulate;

import java.util.List;

/**
 * One request and its answer.
 *
 * @param requestRecords lengths of the request's TLS records
 * @param serverNanos how long the server thinks
 * @param headerRecord length of the answer's header record
 * @param bodyBytes body of the answer
 * @param started runs when the first body bytes have arrived
 * @param done runs when the whole answer has arrived
 */
record Exchange(
    List<Integer> requestRecords,
    long serverNanos,
    int headerRecord,
    long bodyBytes,
    Runnable started,
    Runnable done) {
  static final Runnable NOTHING = () -> {};
}
