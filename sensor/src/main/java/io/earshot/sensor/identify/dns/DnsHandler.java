package io.earshot.sensor.identify.dns;

/**
 * Receives what a DNS answer says about names and addresses.
 *
 * <p>Names are host names in lower case without a trailing dot. Called by {@link DnsParser} on its
 * thread, in the order of the records.
 */
public interface DnsHandler {
  /**
   * An address of a name, from an A or AAAA record or from a hint of an HTTPS or SVCB record.
   *
   * @param queryName name of the first question; the owner where a response has no question (mDNS)
   * @param ownerName name the record belongs to: the query name, or one that the aliases lead to
   * @param addrHi upper half of the address
   * @param addrLo lower half; IPv4 as IPv4-mapped IPv6 (RFC 4291 section 2.5.5.2)
   * @param ttlSeconds how long the answer holds, seconds
   */
  void onAddress(String queryName, String ownerName, long addrHi, long addrLo, long ttlSeconds);

  /**
   * Another name of the same service, from a CNAME, HTTPS or SVCB record.
   *
   * @param queryName name of the first question; the owner where a response has no question
   * @param name the name it leads to
   */
  void onAlias(String queryName, String name);
}
