import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.EnumSet;
import javax.servlet.DispatcherType;
import javax.servlet.Filter;
import javax.servlet.FilterChain;
import javax.servlet.ServletException;
import javax.servlet.ServletRequest;
import javax.servlet.ServletResponse;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import org.apache.solr.servlet.CoreContainerProvider;
import org.apache.solr.servlet.SolrDispatchFilter;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.servlet.DefaultServlet;
import org.eclipse.jetty.servlet.FilterHolder;
import org.eclipse.jetty.servlet.ServletContextHandler;

/**
 * One Solr node on loopback, from the jars of Maven Central (there is no packaged server to install).
 *
 * <p>Every request must carry the basic credentials of FJGOV_SOLR_AUTH ("user:password"). They come
 * by the environment, so that they are not in the process list.
 */
public final class SolrNode {
  public static void main(String[] args) throws Exception {
    byte[] expected = ("Basic " + Base64.getEncoder().encodeToString(
        System.getenv("FJGOV_SOLR_AUTH").getBytes(StandardCharsets.UTF_8))).getBytes(StandardCharsets.UTF_8);
    Server server = new Server();
    ServerConnector connector = new ServerConnector(server);
    connector.setHost("127.0.0.1");
    connector.setPort(Integer.getInteger("fjgov.port", 18983));
    connector.setIdleTimeout(120_000);
    connector.getConnectionFactory(HttpConnectionFactory.class)
        .getHttpConfiguration().setSendServerVersion(false);
    server.addConnector(connector);
    ServletContextHandler context = new ServletContextHandler(server, "/solr");
    context.addFilter(new FilterHolder(new Password(expected)), "/*", EnumSet.of(DispatcherType.REQUEST));
    context.addEventListener(new CoreContainerProvider());
    context.addFilter(SolrDispatchFilter.class, "/*", EnumSet.of(DispatcherType.REQUEST));
    context.addServlet(DefaultServlet.class, "/");
    server.setStopAtShutdown(true);
    server.start();
    server.join();
  }

  /** Refuses whatever lacks the password, before Solr sees the request. */
  private record Password(byte[] expected) implements Filter {
    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
        throws IOException, ServletException {
      String given = ((HttpServletRequest) request).getHeader("Authorization");
      // A comparison in constant time tells nothing about how much of the password was right.
      if (given != null && MessageDigest.isEqual(expected, given.getBytes(StandardCharsets.UTF_8))) {
        chain.doFilter(request, response);
        return;
      }
      HttpServletResponse refusal = (HttpServletResponse) response;
      refusal.setHeader("WWW-Authenticate", "Basic realm=\"solr\"");
      refusal.sendError(HttpServletResponse.SC_UNAUTHORIZED);
    }
  }
}
