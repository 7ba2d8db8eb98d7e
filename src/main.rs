//! The program. Everything is in the library.

#[actix_web::main]
async fn main() -> std::process::ExitCode {
    match guildhall::cli::run().await {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(cause) => {
            eprintln!("{cause:#}");
            std::process::ExitCode::FAILURE
        }
    }
}
