package dev.parley.console.page;

import io.quarkus.qute.TemplateInstance;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriBuilder;

/** Answers to browsers. */
final class Html {

  private Html() {}

  static Response ok(TemplateInstance page) {
    return status(200, page);
  }

  static Response status(int status, TemplateInstance page) {
    return Response.status(status)
        .type(MediaType.TEXT_HTML_TYPE.withCharset("UTF-8"))
        .entity(page.render())
        .build();
  }

  /** Sends the browser on after a form, so that loading the page again sends nothing twice. */
  static Response to(String path, Notice notice) {
    UriBuilder address = UriBuilder.fromPath(path);
    if (notice != Notice.NONE) {
      address.queryParam("said", notice.code());
    }
    return to(address);
  }

  /**
   * Sends the browser to another page of ours. The address stays without a host: behind a proxy
   * that speaks TLS this service would name one that browsers should not use.
   */
  static Response to(UriBuilder address) {
    return Response.status(Response.Status.SEE_OTHER)
        .header(HttpHeaders.LOCATION, address.build().toString())
        .build();
  }
}
