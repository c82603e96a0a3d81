package io.earshot.models.simulate;

import java.util.List;

/**
 * What the sessions of a data set shall be like; empty lists ask for nothing.
 *
 * @param clients played in turn
 * @param links families of access links, in turn for every round of the clients; the names are
 *     those of {@link #linkNames}
 * @param circumstances what is true of every session, in this order
 */
public record SessionWishes(
    List<ClientProfile> clients, List<String> links, List<Circumstance> circumstances) {
  /** Asks for nothing: sessions as the generator draws them. */
  public static final SessionWishes NONE = new SessionWishes(List.of(), List.of(), List.of());

  /** Copies the lists; a name that is no link's is refused. */
  public SessionWishes {
    clients = List.copyOf(clients);
    links = List.copyOf(links);
    circumstances = List.copyOf(circumstances);
    for (String link : links) {
      if (!linkNames().contains(link)) {
        throw new IllegalArgumentException(
            "'" + link + "' is none of " + String.join(", ", linkNames()));
      }
    }
  }

  /** Names of the families of access links. */
  public static List<String> linkNames() {
    return LinkFamily.ALL.stream().map(LinkFamily::id).toList();
  }

  /** The session of this seed and number as wished. */
  public SessionSpec draw(long seed, int index) {
    int turn = Math.max(0, index - 1);
    int round = clients.isEmpty() ? turn : turn / clients.size();
    SessionSpec spec =
        SessionGenerator.draw(
            seed, index, clients.isEmpty() ? null : clients.get(turn % clients.size()));
    Dice dice = Dice.of(seed, index).split(40);
    if (!links.isEmpty()) {
      String name = links.get(round % links.size());
      LinkFamily family =
          LinkFamily.ALL.stream().filter(one -> one.id().equals(name)).findFirst().orElseThrow();
      spec = spec.withLink(family.session(dice.split(1)));
    }
    for (Circumstance circumstance : circumstances) {
      spec = circumstance.applied(spec, dice.split(circumstance.label().hashCode()));
    }
    return spec;
  }
}
