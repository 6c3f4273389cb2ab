package dev.parley.console.page;

import dev.parley.console.database.DatabaseException;
import dev.parley.console.live.PolicyAwayException;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** What went wrong, as a page; for programs as text. */
class ErrorPages {

  private static final Logger LOG = Logger.getLogger(ErrorPages.class);

  private final Visit visit;

  ErrorPages(Visit visit) {
    this.visit = visit;
  }

  @ServerExceptionMapper
  Response problem(Problem problem, UriInfo address) {
    return page(address, problem.status(), problem.getMessage(), problem.remedy());
  }

  @ServerExceptionMapper
  Response database(DatabaseException problem, UriInfo address) {
    LOG.errorf("%s %s", address.getPath(), problem.getMessage());
    return page(
        address,
        503,
        "The database does not answer. What was on this page is not recorded.",
        "Go back and try again in a minute. If it stays so, tell whoever runs this service.");
  }

  @ServerExceptionMapper
  Response policy(PolicyAwayException problem, UriInfo address) {
    LOG.warn(problem.getMessage());
    return page(
        address,
        503,
        "This pair cannot be shown: " + problem.getMessage() + ".",
        "Load the page again in a minute. If it stays so, tell whoever runs the study.");
  }

  @ServerExceptionMapper
  Response http(WebApplicationException problem, UriInfo address) {
    int status = problem.getResponse().getStatus();
    if (status < 400) {
      return problem.getResponse();
    }
    return status == 404
        ? page(address, 404, "There is no such page.", "Begin at the list of studies.")
        : page(
            address,
            status,
            "This request cannot be answered: " + problem.getMessage() + ".",
            "Go back and try again.");
  }

  private Response page(UriInfo address, int status, String message, String remedy) {
    if (address.getPath().startsWith("/api/")) {
      return Response.status(status)
          .type(MediaType.TEXT_PLAIN_TYPE.withCharset("UTF-8"))
          .entity(message + "\n" + remedy + "\n")
          .build();
    }
    return Html.status(
        status,
        Pages.problem(visit.frame("Not possible", Notice.NONE), message.lines().toList(), remedy));
  }
}
