package dev.parley.console.page;

import dev.parley.console.agreement.StudyFigures;
import dev.parley.console.live.LivePolicies;
import dev.parley.console.study.NameTakenException;
import dev.parley.console.study.Studies;
import dev.parley.console.study.Study;
import dev.parley.console.study.StudyDesign;
import dev.parley.console.verdict.VerdictFile;
import dev.parley.console.verdict.Verdicts;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import org.jboss.resteasy.reactive.RestForm;
import org.jboss.resteasy.reactive.multipart.FileUpload;

/** What a study's owner sees: how far it is, what comes out, and the form of a new one. */
@Path("/")
@OwnersOnly
@Blocking
public class OwnerPages {

  private final Studies studies;
  private final Verdicts verdicts;
  private final StudyMaker maker;
  private final LivePolicies policies;
  private final Visit visit;

  /** Takes what the container gives. */
  OwnerPages(
      Studies studies, Verdicts verdicts, StudyMaker maker, LivePolicies policies, Visit visit) {
    this.studies = studies;
    this.verdicts = verdicts;
    this.maker = maker;
    this.policies = policies;
    this.visit = visit;
  }

  /** The form of a new study. */
  @GET
  @Path("studies/new")
  public Response form() {
    return form(200, NewStudyView.empty(policies.names()));
  }

  private Response form(int status, NewStudyView view) {
    return Html.status(status, Pages.newStudy(visit.frame("New study", Notice.NONE), view));
  }

  /** Makes a study, or shows the form again with what is wrong. */
  @POST
  @Path("studies")
  @Consumes(MediaType.MULTIPART_FORM_DATA)
  public Response create(
      @RestForm String form,
      @RestForm @DefaultValue("") String name,
      @RestForm @DefaultValue("") String instructions,
      @RestForm @DefaultValue("1") String overlap,
      @RestForm String ties,
      @RestForm String graded,
      @RestForm @DefaultValue("") String firstPolicy,
      @RestForm @DefaultValue("") String secondPolicy,
      @RestForm FileUpload pairs)
      throws IOException {
    visit.requireForm(form);
    try {
      if (pairs == null || pairs.size() == 0) {
        throw new IllegalArgumentException("no file was chosen, or it is empty");
      }
      StudyDesign design =
          new StudyDesign(
              name,
              instructions,
              number(overlap),
              ties != null,
              graded != null,
              StudyMaker.policies(firstPolicy, secondPolicy));
      try (InputStream in = Files.newInputStream(pairs.uploadedFile())) {
        return Html.to(path(maker.make(design, in).study()), Notice.CREATED);
      }
    } catch (IllegalArgumentException | NameTakenException e) {
      return form(
          400,
          new NewStudyView(
              name,
              instructions,
              overlap,
              ties != null,
              graded != null,
              policies.names(),
              e.getMessage().lines().toList()));
    }
  }

  private static int number(String written) {
    try {
      return Integer.parseInt(written.strip());
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "\"%s\" people for each pair, expected a number".formatted(written), e);
    }
  }

  /** How far a study is, and what its verdicts say together. */
  @GET
  @Path("studies/{id:\\d+}")
  public Response show(
      @PathParam("id") long id, @QueryParam("said") @DefaultValue("") String said) {
    Study study = study(id);
    StudyFigures.Collector figures = new StudyFigures.Collector();
    verdicts.each(study, false, figures::add);
    return Html.ok(
        Pages.study(
            visit.frame(study.name(), Notice.of(said)),
            StudyView.of(studies.summary(study), path(study), figures.figures())));
  }

  /** Takes verdicts again. */
  @POST
  @Path("studies/{id:\\d+}/open")
  public Response open(@PathParam("id") long id, @RestForm String form) {
    return setOpen(id, form, true);
  }

  /** Takes no more verdicts. */
  @POST
  @Path("studies/{id:\\d+}/close")
  public Response close(@PathParam("id") long id, @RestForm String form) {
    return setOpen(id, form, false);
  }

  private Response setOpen(long id, String form, boolean open) {
    visit.requireForm(form);
    Study study = study(id);
    studies.setOpen(study, open);
    return Html.to(path(study), Notice.NONE);
  }

  /** Shows a pair again that somebody reported. */
  @POST
  @Path("studies/{id:\\d+}/pairs/{pair:\\d+}/put-back")
  public Response putBack(
      @PathParam("id") long id, @PathParam("pair") long pair, @RestForm String form) {
    visit.requireForm(form);
    Study study = study(id);
    studies.putBack(study, pair);
    return Html.to(path(study), Notice.NONE);
  }

  /** The verdicts that can no longer be undone, as a file. */
  @GET
  @Path("studies/{id:\\d+}/{file:(preferences|battles|verdicts)}.jsonl")
  public Response export(@PathParam("id") long id, @PathParam("file") String stem) {
    Study study = study(id);
    VerdictFile file =
        List.of(VerdictFile.values()).stream()
            .filter(each -> each.stem().equals(stem))
            .findFirst()
            .orElseThrow();
    StreamingOutput lines =
        out -> {
          try (BufferedWriter writer =
              new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8))) {
            verdicts.each(
                study,
                true,
                verdict ->
                    file.line(verdict)
                        .ifPresent(
                            line -> {
                              try {
                                writer.write(line);
                                writer.write('\n');
                              } catch (IOException e) {
                                throw new UncheckedIOException("the reader has gone away", e);
                              }
                            }));
          }
        };
    return Response.ok(lines)
        .type("application/x-ndjson")
        .header(
            HttpHeaders.CONTENT_DISPOSITION,
            "attachment; filename=\"study-%d-%s.jsonl\"".formatted(study.id(), stem))
        .build();
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
}
