package dev.parley.console.page;

import dev.parley.console.ConsoleMetrics;
import dev.parley.console.comparison.Comparison;
import dev.parley.console.comparison.Comparisons;
import dev.parley.console.comparison.Progress;
import dev.parley.console.live.LivePolicies;
import dev.parley.console.study.Studies;
import dev.parley.console.study.Study;
import dev.parley.console.verdict.Outcome;
import dev.parley.console.verdict.Reply;
import dev.parley.console.verdict.Verdicts;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.Optional;
import org.jboss.resteasy.reactive.RestForm;

/** What annotators see: the studies, and one pair after the other. */
@Path("/")
@Blocking
public class AnnotatorPages {

  private final Studies studies;
  private final Comparisons comparisons;
  private final Verdicts verdicts;
  private final LivePolicies policies;
  private final ConsoleMetrics metrics;
  private final Visit visit;

  /** Takes what the container gives. */
  AnnotatorPages(
      Studies studies,
      Comparisons comparisons,
      Verdicts verdicts,
      LivePolicies policies,
      ConsoleMetrics metrics,
      Visit visit) {
    this.studies = studies;
    this.comparisons = comparisons;
    this.verdicts = verdicts;
    this.policies = policies;
    this.metrics = metrics;
    this.visit = visit;
  }

  /** The studies. */
  @GET
  public Response list() {
    List<StudyRow> rows =
        studies.all().stream()
            .filter(summary -> summary.study().open() || visit.person().owner())
            .map(summary -> StudyRow.of(summary, progress(summary.study())))
            .toList();
    return Html.ok(Pages.studies(visit.frame("Studies", Notice.NONE), rows));
  }

  /** The next pair. */
  @GET
  @Path("studies/{id:\\d+}/compare")
  public Response compare(
      @PathParam("id") long id, @QueryParam("said") @DefaultValue("") String said) {
    Study study = study(id);
    Frame frame = visit.frame(study.name(), Notice.of(said));
    Optional<Comparison> next = study.open() ? next(study) : Optional.empty();
    Progress progress = progress(study);
    boolean canUndo = verdicts.canUndo(study, annotator());
    if (next.isEmpty()) {
      return Html.ok(
          Pages.nothingLeft(
              frame,
              new NothingLeftView(
                  study.name(),
                  path(study),
                  study.open(),
                  progress.judged(),
                  progress.left() > 0,
                  canUndo)));
    }
    return Html.ok(
        Pages.compare(frame, CompareView.of(study, path(study), next.get(), progress, canUndo)));
  }

  /** The next pair with its answers, which policies may have to be asked for. */
  private Optional<Comparison> next(Study study) {
    Optional<Comparison> next = comparisons.next(study, annotator());
    if (next.isPresent() && next.get().answers().isEmpty()) {
      comparisons.answered(
          next.get(),
          policies.answer(study.design().policies().orElseThrow(), next.get().prompt()));
      return comparisons.next(study, annotator());
    }
    return next;
  }

  /** Records what was said about a pair. */
  @POST
  @Path("studies/{id:\\d+}/verdicts")
  public Response judge(
      @PathParam("id") long id,
      @RestForm String form,
      @RestForm @DefaultValue("0") long assignment,
      @RestForm @DefaultValue("") String verdict,
      @RestForm @DefaultValue("") String reason,
      @RestForm @DefaultValue("") String seconds) {
    visit.requireForm(form);
    Study study = study(id);
    Reply reply;
    try {
      reply = Reply.of(verdict, reason, seconds, study.design());
    } catch (IllegalArgumentException e) {
      throw new Problem(
          400, "Nothing was recorded: " + e.getMessage() + ".", "Go back and choose.");
    }
    if (reply.button() == Reply.Button.PROBLEM && reply.reason().isEmpty()) {
      return onward(study, Notice.SAY_WHAT);
    }
    Verdicts.Receipt receipt =
        verdicts
            .give(study, annotator(), assignment, reply)
            .orElseThrow(
                () ->
                    new Problem(
                        404,
                        "This pair is not in front of you.",
                        "Begin at the list of studies; nothing was recorded."));
    if (receipt.outcome() == Outcome.RECORDED) {
      metrics.recorded(reply.button(), receipt.seconds());
    }
    return onward(
        study,
        switch (receipt.outcome()) {
          case RECORDED -> Notice.NONE;
          case ALREADY_JUDGED -> Notice.ALREADY_JUDGED;
          case GIVEN_AWAY -> Notice.GIVEN_AWAY;
          case CLOSED -> Notice.CLOSED;
        });
  }

  /** Takes the last verdict back. */
  @POST
  @Path("studies/{id:\\d+}/undo")
  public Response undo(@PathParam("id") long id, @RestForm String form) {
    visit.requireForm(form);
    Study study = study(id);
    boolean undone = verdicts.undo(study, annotator());
    if (undone) {
      metrics.undone();
    }
    return onward(study, undone ? Notice.UNDONE : Notice.TOO_LATE);
  }

  private static Response onward(Study study, Notice notice) {
    return Html.to(path(study) + "/compare", notice);
  }

  private Study study(long id) {
    return studies
        .find(id)
        .orElseThrow(
            () -> new Problem(404, "There is no such study.", "Begin at the list of studies."));
  }

  private static String path(Study study) {
    return "/studies/" + study.id();
  }

  private Progress progress(Study study) {
    return comparisons.progress(study, annotator());
  }

  private String annotator() {
    return visit.person().name();
  }
}
