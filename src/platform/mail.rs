//! Sending what waits in the outbox: by SMTP, or into a folder as `.eml` files when no server is set.

use crate::error::Result;
use crate::platform::db::Db;
use crate::platform::outbox::{self, Due};
use lettre::message::{Mailbox, header::ContentType};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use std::path::PathBuf;

/// Where mail goes.
#[derive(Clone)]
pub enum Post {
    /// To an SMTP server.
    Smtp {
        /// Connection.
        transport: AsyncSmtpTransport<Tokio1Executor>,
        /// Sender.
        from: Mailbox,
    },
    /// Into a folder, one `.eml` file each.
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Sender.
        from: Mailbox,
    },
}

impl Post {
    /// From `SMTP_URL`, or a folder when there is none.
    ///
    /// # Errors
    /// When the URL or the sender's address is not one.
    pub fn new(smtp_url: Option<&str>, from: &str, folder: PathBuf) -> anyhow::Result<Self> {
        let from: Mailbox = from.parse()?;
        Ok(match smtp_url {
            Some(url) => Self::Smtp { transport: AsyncSmtpTransport::<Tokio1Executor>::from_url(url)?.timeout(Some(std::time::Duration::from_secs(20))).build(), from },
            None => Self::Folder { folder, from },
        })
    }

    fn message(&self, mail: &Due) -> anyhow::Result<Message> {
        let (Self::Smtp { from, .. } | Self::Folder { from, .. }) = self;
        let domain = from.email.domain();
        Ok(Message::builder()
            .message_id(Some(format!("<{}@{domain}>", mail.id)))
            .from(from.clone())
            .to(mail.to.parse()?)
            .subject(mail.subject.clone())
            .header(ContentType::TEXT_PLAIN)
            .body(mail.body.clone())?)
    }

    async fn send(&self, mail: &Due) -> anyhow::Result<()> {
        let message = self.message(mail)?;
        match self {
            Self::Smtp { transport, .. } => {
                transport.send(message).await?;
            }
            Self::Folder { folder, .. } => {
                tokio::fs::create_dir_all(folder).await?;
                tokio::fs::write(folder.join(format!("{}.eml", mail.id)), message.formatted()).await?;
            }
        }
        Ok(())
    }
}

fn refused_for_good(cause: &anyhow::Error) -> bool {
    let smtp = cause.downcast_ref::<lettre::transport::smtp::Error>();
    smtp.is_some_and(lettre::transport::smtp::Error::is_permanent) || cause.is::<lettre::address::AddressError>()
}

/// Sends what is due and answers how many mails left.
///
/// # Errors
/// When the database does; a mail server's "no" is noted on the mail instead.
pub async fn deliver(db: &Db, post: &Post) -> Result<usize> {
    let mut left = 0;
    for mail in outbox::claim(db, 50).await? {
        let outcome = post.send(&mail).await;
        left += usize::from(outcome.is_ok());
        db.write(move |tx| match &outcome {
            Ok(()) => outbox::sent(tx, &mail.id),
            Err(cause) => outbox::failed(tx, &mail, &cause.to_string(), refused_for_good(cause)),
        })
        .await?;
    }
    Ok(left)
}
