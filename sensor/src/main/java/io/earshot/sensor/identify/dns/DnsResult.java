package io.earshot.sensor.identify.dns;

/** Outcome of {@link DnsParser#parse}. Records before the fault have been handed on. */
public enum DnsResult {
  /** A response; every answer was read. */
  ANSWERS,
  /** A response without answers, or with an error code. */
  NO_ANSWERS,
  /** A query. */
  QUERY,
  /** Not a DNS message, or none of the kind that answers questions. */
  NOT_DNS,
  /** Over TCP: the message is not complete yet. */
  NEED_MORE,
  /** The message ends inside what its counts or lengths promise. */
  TRUNCATED,
  /** A compression pointer leads forward, to itself or on for too long. */
  COMPRESSION_LOOP,
  /** A name longer than 255 bytes or a label of a reserved kind. */
  BAD_NAME,
  /** A record's length does not fit its type. */
  BAD_RECORD,
  /** More questions or answers than are read. */
  TOO_MANY_RECORDS,
  /** Over TCP: a gap that stays, or a message too long to hold. */
  GAVE_UP;

  /** True for a message that lies about itself. */
  public boolean malformed() {
    return switch (this) {
      case TRUNCATED, COMPRESSION_LOOP, BAD_NAME, BAD_RECORD, TOO_MANY_RECORDS -> true;
      case ANSWERS, NO_ANSWERS, QUERY, NOT_DNS, NEED_MORE, GAVE_UP -> false;
    };
  }
}
