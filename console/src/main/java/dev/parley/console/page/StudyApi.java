package dev.parley.console.page;

import dev.parley.console.study.NameTakenException;
import dev.parley.console.study.Studies;
import dev.parley.console.study.StudyDesign;
import dev.parley.console.study.StudySummary;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.jboss.resteasy.reactive.RestQuery;

/** For programs, which show the owner's token: {@code parley console} and curl. */
@Path("/api/studies")
@OwnersOnly
@Blocking
@Produces(MediaType.APPLICATION_JSON)
public class StudyApi {

  private final Studies studies;
  private final StudyMaker maker;

  /** Takes what the container gives. */
  StudyApi(Studies studies, StudyMaker maker) {
    this.studies = studies;
    this.maker = maker;
  }

  /**
   * A study.
   *
   * @param id its number
   * @param name its name
   * @param open whether verdicts are taken
   * @param pairs that are not withheld
   * @param given verdicts
   * @param wanted verdicts
   * @param leftOut rows of the file whose answers are the same text
   */
  public record StudyJson(
      long id, String name, boolean open, long pairs, long given, long wanted, int leftOut) {

    static StudyJson of(StudySummary summary, int leftOut) {
      return new StudyJson(
          summary.study().id(),
          summary.study().name(),
          summary.study().open(),
          summary.pairs(),
          summary.given(),
          summary.wanted(),
          leftOut);
    }
  }

  /** All studies, the newest first. */
  @GET
  public List<StudyJson> list() {
    return studies.all().stream().map(summary -> StudyJson.of(summary, 0)).toList();
  }

  /** Makes a study of the body, a file of pairs. */
  @POST
  @Consumes(MediaType.WILDCARD)
  public StudyJson create(
      @RestQuery @DefaultValue("") String name,
      @RestQuery @DefaultValue("") String instructions,
      @RestQuery @DefaultValue("1") int overlap,
      @RestQuery @DefaultValue("true") boolean ties,
      @RestQuery @DefaultValue("false") boolean graded,
      @QueryParam("first-policy") @DefaultValue("") String firstPolicy,
      @QueryParam("second-policy") @DefaultValue("") String secondPolicy,
      InputStream file)
      throws IOException {
    try {
      StudyMaker.Made made =
          maker.make(
              new StudyDesign(
                  name,
                  instructions,
                  overlap,
                  ties,
                  graded,
                  StudyMaker.policies(firstPolicy, secondPolicy)),
              file);
      return StudyJson.of(studies.summary(made.study()), made.same());
    } catch (NameTakenException e) {
      throw new Problem(409, e.getMessage(), "Go on with it, or give another name.");
    } catch (IllegalArgumentException e) {
      throw new Problem(400, e.getMessage(), "docs/console.md shows what a file of pairs holds.");
    }
  }
}
