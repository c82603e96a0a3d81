package io.earshot.enrichment;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which service a host name belongs to, and in which role.
 *
 * <p>Looks up an immutable snapshot; {@link #become} puts another one in its place, whole, while
 * others look up. Rules are tried in the order of the file; a name that matches no rule but ends in
 * a suffix of the service has the role {@link Role#OTHER}. Safe for all threads.
 */
public final class ServiceCatalogue {
  private static final String SHIPPED = "service-catalogue.yml";
  private static final Pattern MONTH = Pattern.compile("20[0-9]{2}-(0[1-9]|1[0-2])");

  private volatile Entries entries;

  private ServiceCatalogue(Entries entries) {
    this.entries = entries;
  }

  /** What is known at one time. */
  private record Entries(
      List<Rule> rules,
      Map<String, String> serviceBySuffix,
      SuffixTable suffixes,
      List<AddressPool> pools,
      List<List<CdnRule>> cdns) {
    Entries(
        List<Rule> rules,
        Map<String, String> serviceBySuffix,
        List<AddressPool> pools,
        List<List<CdnRule>> cdns) {
      this(rules, serviceBySuffix, new SuffixTable(serviceBySuffix), pools, cdns);
    }

    Entries {
      rules = List.copyOf(rules);
      serviceBySuffix = Map.copyOf(serviceBySuffix);
      pools = List.copyOf(pools);
      cdns = List.copyOf(cdns);
    }
  }

  /** The catalogue that comes with Earshot. */
  public static ServiceCatalogue shipped() {
    try (InputStream in = ServiceCatalogue.class.getResourceAsStream(SHIPPED)) {
      if (in == null) {
        throw new IllegalStateException(SHIPPED + " is missing from the class path");
      }
      return read(in);
    } catch (IOException e) {
      throw new UncheckedIOException("reading " + SHIPPED, e);
    }
  }

  /**
   * Reads a catalogue.
   *
   * @throws IOException where the YAML is malformed or holds an unknown key, role or pattern
   */
  public static ServiceCatalogue read(InputStream yaml) throws IOException {
    YAMLMapper mapper =
        YAMLMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
            .build();
    CatalogueFile file = mapper.readValue(yaml, CatalogueFile.class);
    List<Rule> rules = new ArrayList<>();
    Map<String, String> suffixes = new HashMap<>();
    List<AddressPool> pools = new ArrayList<>();
    file.services()
        .forEach(
            (service, entry) -> {
              for (RuleEntry rule : entry.rules()) {
                rules.add(
                    new Rule(
                        Pattern.compile(rule.pattern()), new ServiceMatch(service, rule.role())));
              }
              for (String suffix : entry.suffixes()) {
                suffixes.put(suffix, service);
              }
              for (PoolEntry pool : entry.pools()) {
                pools.add(
                    AddressPool.of(
                        pool.prefix(),
                        pool.last(),
                        new PoolMatch(new ServiceMatch(service, pool.role()), pool.shared())));
              }
            });
    return new ServiceCatalogue(new Entries(rules, suffixes, pools, List.of(cdns(file))));
  }

  /** This catalogue with an operator's additions: their rules are tried first, and they win. */
  public ServiceCatalogue with(ServiceCatalogue additions) {
    Entries now = entries;
    Entries more = additions.entries;
    List<Rule> allRules = new ArrayList<>(more.rules());
    allRules.addAll(now.rules());
    Map<String, String> allSuffixes = new HashMap<>(now.serviceBySuffix());
    allSuffixes.putAll(more.serviceBySuffix());
    List<AddressPool> allPools = new ArrayList<>(more.pools());
    allPools.addAll(now.pools());
    List<List<CdnRule>> allCdns = new ArrayList<>(more.cdns());
    allCdns.addAll(now.cdns());
    return new ServiceCatalogue(new Entries(allRules, allSuffixes, allPools, allCdns));
  }

  private static List<CdnRule> cdns(CatalogueFile file) {
    return file.cdns().stream()
        .map(
            entry ->
                new CdnRule(
                    entry.name(),
                    entry.pop(),
                    entry.names().stream().map(Pattern::compile).toList(),
                    entry.prefixes().stream()
                        .map(prefix -> AddressPool.of(prefix, List.of(), null))
                        .toList()))
        .toList();
  }

  /** Everything that the other one knows, and nothing else, from now on. */
  public void become(ServiceCatalogue other) {
    entries = other.entries;
  }

  /** The service and role of a host name, in any case; empty where no entry knows it. */
  public Optional<ServiceMatch> byName(String hostName) {
    String name = hostName.toLowerCase(Locale.ROOT);
    Entries now = entries;
    String service = now.suffixes().longestOf(name);
    if (service == null) {
      return Optional.empty();
    }
    for (Rule rule : now.rules()) {
      if (rule.match().service().equals(service) && rule.pattern().matcher(name).matches()) {
        return Optional.of(rule.match());
      }
    }
    return Optional.of(new ServiceMatch(service, Role.OTHER));
  }

  /**
   * What the pool serves that holds the address; empty where none does. Never proof: the answer
   * needs a second sign, and that of a shared pool more than one.
   *
   * @param hi upper 64 bits of the address, IPv4 as IPv4-mapped IPv6
   * @param lo lower 64 bits
   */
  public Optional<PoolMatch> byPool(long hi, long lo) {
    for (AddressPool pool : entries.pools()) {
      if (pool.contains(hi, lo)) {
        return Optional.ofNullable(pool.match());
      }
    }
    return Optional.empty();
  }

  /**
   * Who delivers what this server sends; empty where nothing tells it. An operator's additions come
   * first, and a name before an address, since the networks' addresses also serve others.
   *
   * @param hostName name that the client asked for, null where it is not known
   */
  public Optional<Cdn> cdn(@Nullable String hostName, InetAddress server) {
    String name = hostName == null ? "" : hostName.toLowerCase(Locale.ROOT);
    for (List<CdnRule> rules : entries.cdns()) {
      for (CdnRule rule : rules) {
        Optional<Cdn> found = rule.byName(name);
        if (found.isPresent()) {
          return found;
        }
      }
      for (CdnRule rule : rules) {
        Optional<Cdn> found = rule.byAddress(server);
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return Optional.empty();
  }

  private record Rule(Pattern pattern, ServiceMatch match) {}

  record CatalogueFile(
      int version, @Nullable Map<String, ServiceEntry> services, @Nullable List<CdnEntry> cdns) {
    CatalogueFile {
      services = services == null ? Map.of() : Map.copyOf(services);
      cdns = cdns == null ? List.of() : List.copyOf(cdns);
    }

    @Override
    public Map<String, ServiceEntry> services() {
      return services == null ? Map.of() : services;
    }

    @Override
    public List<CdnEntry> cdns() {
      return cdns == null ? List.of() : cdns;
    }
  }

  record CdnEntry(
      String name,
      @Nullable String pop,
      @Nullable List<String> names,
      @Nullable List<String> prefixes,
      String source,
      String checked) {
    CdnEntry {
      if (name == null || name.isBlank()) {
        throw new IllegalArgumentException("a delivery network under cdns needs a name");
      }
      requireOrigin("the delivery network " + name, source, checked);
      names = names == null ? List.of() : List.copyOf(names);
      prefixes = prefixes == null ? List.of() : List.copyOf(prefixes);
    }

    @Override
    public List<String> names() {
      return names == null ? List.of() : names;
    }

    @Override
    public List<String> prefixes() {
      return prefixes == null ? List.of() : prefixes;
    }
  }

  /** What every entry owes the reader: where it comes from, and when that was last looked up. */
  private static void requireOrigin(
      String what, @Nullable String source, @Nullable String checked) {
    if (source == null
        || source.isBlank()
        || checked == null
        || !MONTH.matcher(checked).matches()) {
      throw new IllegalArgumentException(
          what + " needs a source and the month in which it was checked, for example 2026-11");
    }
  }

  record ServiceEntry(
      String source,
      String checked,
      @Nullable List<RuleEntry> rules,
      List<String> suffixes,
      @Nullable List<PoolEntry> pools) {
    ServiceEntry {
      requireOrigin("the service with the suffixes " + suffixes, source, checked);
      rules = rules == null ? List.of() : List.copyOf(rules);
      suffixes = suffixes == null ? List.of() : List.copyOf(suffixes);
      pools = pools == null ? List.of() : List.copyOf(pools);
    }

    @Override
    public List<RuleEntry> rules() {
      return rules == null ? List.of() : rules;
    }

    @Override
    public List<PoolEntry> pools() {
      return pools == null ? List.of() : pools;
    }
  }

  record PoolEntry(
      Role role,
      String prefix,
      @Nullable List<Integer> last,
      boolean shared,
      String source,
      String checked) {
    PoolEntry {
      requireOrigin("the pool " + prefix, source, checked);
      last = last == null ? List.of() : List.copyOf(last);
    }

    @Override
    public List<Integer> last() {
      return last == null ? List.of() : last;
    }
  }

  record RuleEntry(Role role, String pattern, String source, String checked) {
    RuleEntry {
      requireOrigin("the rule " + pattern, source, checked);
    }
  }
}
