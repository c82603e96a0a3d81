package io.earshot.sensor.alert;

import io.earshot.models.QualityClass;
import io.earshot.sensor.document.AlertDocument;
import io.earshot.sensor.document.DocumentId;
import io.earshot.sensor.document.Ecs;
import io.earshot.sensor.document.QualityDocument;
import io.earshot.sensor.document.Spotify;
import io.earshot.sensor.document.StreamDocument;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Windows to alerts: an episode of low quality is opened once and closed once, per stream and per
 * site.
 *
 * <p>Only answers are evidence. An {@code unknown} window, one of a capture that loses packets and
 * one of which only one direction was seen move no clock that opens anything. Time is packet time,
 * so that the same capture gives the same alerts. What is remembered is bounded; what had to be
 * forgotten is counted. A restart forgets open episodes: they are then never closed. Owner: one
 * thread.
 */
public final class AlertEngine {
  private static final String LOW = QualityClass.LOW.label();

  private AlertSettings settings;
  private final AlertListener listener;
  private final Map<String, StreamState> streams = new LinkedHashMap<>(16, 0.75f, true);
  private final Map<String, SiteState> sites = new LinkedHashMap<>();
  private long opened;
  private long closed;
  private long untrusted;
  private long forgotten;

  /**
   * @param listener told of every alert
   */
  public AlertEngine(AlertSettings settings, AlertListener listener) {
    this.settings = settings;
    this.listener = listener;
  }

  /** Other settings from now on; what is open stays open. */
  public void use(AlertSettings other) {
    settings = other;
  }

  /** One stream, its clocks and its episode. */
  private static final class StreamState {
    private Duration low = Duration.ZERO;
    private Duration better = Duration.ZERO;
    private Duration silent = Duration.ZERO;
    private Instant lowSince = Instant.EPOCH;
    private @Nullable Episode episode;
    private QualityDocument last;

    StreamState(QualityDocument first) {
      last = first;
    }
  }

  /** Last answer of a stream, for its site. */
  private record Answer(Instant at, boolean low) {}

  /** One site: the last answers of its streams, oldest first. */
  private static final class SiteState {
    private final Map<String, Answer> answers = new LinkedHashMap<>(16, 0.75f, true);
    private int low;
    private @Nullable Episode episode;
  }

  /** Takes a window in; windows of one stream come in the order of their time. */
  public void window(QualityDocument window) {
    String id = window.spotify().stream().id();
    StreamState stream = streams.computeIfAbsent(id, _ -> new StreamState(window));
    stream.last = window;
    if (streams.size() > settings.maxStreams()) {
      forgetOldest();
    }
    boolean answered = isEvidence(window);
    boolean low = answered && window.spotify().quality().label().equals(LOW);
    stream(stream, window, answered, low);
    if (answered) {
      site(window, new Answer(window.timestamp(), low));
    }
  }

  /** A stream has ended: its episode is closed, and its site is judged without it. */
  public void ended(StreamDocument stream) {
    StreamState state = streams.remove(stream.spotify().stream().id());
    if (state != null) {
      end(state, stream.timestamp());
    }
  }

  /** What was done so far. */
  public AlertStats stats() {
    return new AlertStats(opened, closed, opened - closed, untrusted, forgotten);
  }

  private boolean isEvidence(QualityDocument window) {
    Spotify.Capture capture = window.spotify().capture();
    Double loss = capture.lossRatio();
    if (capture.oneSided() || (loss != null && loss > settings.trustedLoss())) {
      untrusted++;
      return false;
    }
    return !window.spotify().quality().label().equals(Spotify.UNKNOWN);
  }

  private void stream(StreamState stream, QualityDocument window, boolean answered, boolean low) {
    Duration length = Duration.ofNanos(window.event().duration());
    Episode episode = stream.episode;
    if (episode != null) {
      episode.windows++;
      episode.lowWindows += low ? 1 : 0;
    }
    if (!answered) {
      stream.silent = stream.silent.plus(length);
      if (episode != null && stream.silent.compareTo(settings.giveUpAfter()) >= 0) {
        close(stream, window.timestamp(), Spotify.AlertEnd.NO_EVIDENCE);
      }
      return;
    }
    stream.silent = Duration.ZERO;
    if (!low) {
      stream.low = Duration.ZERO;
      stream.better = stream.better.plus(length);
      if (episode != null && stream.better.compareTo(settings.closeAfter()) >= 0) {
        close(stream, window.timestamp(), Spotify.AlertEnd.RECOVERED);
      }
      return;
    }
    stream.better = Duration.ZERO;
    if (stream.low.isZero()) {
      stream.lowSince = window.event().start();
    }
    stream.low = stream.low.plus(length);
    if (episode == null && stream.low.compareTo(settings.openAfter()) >= 0) {
      Episode begun = new Episode(stream.lowSince, window.timestamp());
      begun.windows = 1;
      begun.lowWindows = 1;
      stream.episode = begun;
      opened++;
      listener.alert(streamAlert(window, begun, window.timestamp(), null));
    }
  }

  private void close(StreamState stream, Instant at, Spotify.AlertEnd end) {
    Episode episode = stream.episode;
    if (episode != null) {
      stream.episode = null;
      stream.low = Duration.ZERO;
      closed++;
      listener.alert(streamAlert(stream.last, episode, at, end));
    }
  }

  private void end(StreamState stream, Instant at) {
    close(stream, at, Spotify.AlertEnd.STREAM_ENDED);
    String name = siteName(stream.last);
    SiteState site = sites.get(name);
    if (site != null) {
      drop(site, site.answers.remove(stream.last.spotify().stream().id()));
      judge(name, site, stream.last, at);
    }
  }

  private void forgetOldest() {
    Iterator<StreamState> oldest = streams.values().iterator();
    StreamState stream = oldest.next();
    oldest.remove();
    forgotten++;
    end(stream, stream.last.timestamp());
  }

  private void site(QualityDocument window, Answer answer) {
    String name = siteName(window);
    SiteState site = sites.computeIfAbsent(name, _ -> new SiteState());
    drop(site, site.answers.put(window.spotify().stream().id(), answer));
    site.low += answer.low() ? 1 : 0;
    Instant horizon = answer.at().minus(settings.siteMemory());
    Iterator<Answer> oldest = site.answers.values().iterator();
    while (oldest.hasNext()) {
      Answer next = oldest.next();
      if (!next.at().isBefore(horizon)) {
        break;
      }
      oldest.remove();
      drop(site, next);
    }
    judge(name, site, window, answer.at());
  }

  private static void drop(SiteState site, @Nullable Answer answer) {
    site.low -= answer != null && answer.low() ? 1 : 0;
  }

  private void judge(String name, SiteState site, QualityDocument window, Instant at) {
    int all = site.answers.size();
    double share = all == 0 ? 0 : (double) site.low / all;
    Episode episode = site.episode;
    if (episode == null) {
      if (all >= settings.siteStreams() && share >= settings.siteOpensAt()) {
        Episode begun = new Episode(at, at);
        site.episode = begun;
        note(begun, site, share);
        opened++;
        listener.alert(siteAlert(window, begun, at, share, null));
      }
    } else {
      note(episode, site, share);
      if (share <= settings.siteClosesAt()) {
        site.episode = null;
        closed++;
        Spotify.AlertEnd end =
            all == 0 ? Spotify.AlertEnd.STREAM_ENDED : Spotify.AlertEnd.RECOVERED;
        listener.alert(siteAlert(window, episode, at, share, end));
      }
    }
    if (all == 0 && site.episode == null) {
      sites.remove(name);
    }
  }

  private static void note(Episode episode, SiteState site, double share) {
    episode.worstShare = Math.max(episode.worstShare, share);
    episode.streams = site.answers.size();
    episode.lowStreams = site.low;
  }

  /** The site, or the sensor as a whole where sites are not configured. */
  private static String siteName(QualityDocument window) {
    Ecs.Labels labels = window.labels();
    String site = labels == null ? null : labels.site();
    return site == null ? "" : site;
  }

  private static AlertDocument streamAlert(
      QualityDocument window, Episode episode, Instant at, Spotify.@Nullable AlertEnd end) {
    InetAddress client = window.client().ip();
    return document(
        window,
        at,
        "stream/" + window.spotify().stream().id(),
        episode,
        end,
        window.client(),
        new Ecs.Related(List.of(client), List.of()),
        window.spotify().stream(),
        window.spotify().quality(),
        new Figures(
            Spotify.AlertScope.STREAM,
            (double) episode.lowWindows / episode.windows,
            episode.windows,
            episode.lowWindows,
            null,
            null));
  }

  private static AlertDocument siteAlert(
      QualityDocument window,
      Episode episode,
      Instant at,
      double share,
      Spotify.@Nullable AlertEnd end) {
    return document(
        window,
        at,
        "site/" + siteName(window),
        episode,
        end,
        null,
        null,
        null,
        null,
        new Figures(
            Spotify.AlertScope.SITE,
            end == null ? share : episode.worstShare,
            null,
            null,
            (long) episode.streams,
            (long) episode.lowStreams));
  }

  /** What was counted for an alert. */
  private record Figures(
      Spotify.AlertScope scope,
      double lowShare,
      @Nullable Long windows,
      @Nullable Long lowWindows,
      @Nullable Long streams,
      @Nullable Long lowStreams) {}

  private static AlertDocument document(
      QualityDocument window,
      Instant at,
      String subject,
      Episode episode,
      Spotify.@Nullable AlertEnd end,
      Ecs.@Nullable Client client,
      Ecs.@Nullable Related related,
      Spotify.@Nullable Stream stream,
      Spotify.@Nullable Quality quality,
      Figures figures) {
    String sensor = window.observer().name();
    Spotify.AlertState state = end == null ? Spotify.AlertState.OPENED : Spotify.AlertState.CLOSED;
    Instant until = at.isBefore(episode.started) ? episode.started : at;
    return new AlertDocument(
        until,
        Ecs.Version.CURRENT,
        Ecs.DataStream.alert(window.dataStream().namespace()),
        Ecs.Event.alert(
            end == null,
            episode.started,
            until,
            DocumentId.alert(sensor, subject + '/' + state.label(), episode.opened)),
        window.observer(),
        client,
        related,
        window.labels(),
        new AlertDocument.Fields(
            stream,
            quality,
            new Spotify.Alert(
                DocumentId.alert(sensor, subject, episode.opened),
                figures.scope(),
                state,
                end,
                episode.started,
                Duration.between(episode.started, until).toMillis() / 1000.0,
                figures.lowShare(),
                figures.windows(),
                figures.lowWindows(),
                figures.streams(),
                figures.lowStreams())));
  }
}
