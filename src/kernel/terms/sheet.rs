//! The fields of a term sheet. Each list of words runs from the strictest to the freest, so that
//! "no freer than" is a comparison.

use super::price::Price;
use crate::kernel::sql::words;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

words! {
    /// What a buyer may do with records. What is not named is prohibited.
    Use {
        /// Measure a model, train nothing.
        Evaluate = "evaluate", "evaluation and benchmarks";
        /// Show hits.
        Search = "search", "search";
        /// Keep embeddings.
        Index = "index", "an index or embedding store";
        /// Feed a model at answer time.
        Rag = "rag", "grounding answers (retrieval)";
        /// Adapt a trained model.
        Finetune = "finetune", "fine-tuning a model";
        /// Train from the start.
        Pretrain = "pretrain", "pre-training a model";
        /// Make synthetic data.
        Distil = "distil", "distilling or synthetic data";
        /// Show the records themselves.
        Display = "display", "display of the records themselves";
    }
}

words! {
    /// Who buys.
    BuyerClass {
        /// Research without profit.
        Research = "research", "research";
        /// A non-profit body.
        Nonprofit = "nonprofit", "non-profit";
        /// A public body.
        Public = "public", "public body";
        /// Everybody else.
        Commercial = "commercial", "commercial";
    }
}

words! {
    /// Purposes that stay barred unless a sheet names them.
    Sensitive {
        /// Watching workers.
        Surveillance = "surveillance", "watching workers";
        /// Setting members' pay.
        WageSetting = "wage_setting", "setting the members' own pay";
        /// Recognising people.
        Biometrics = "biometrics", "recognising people by body or voice";
        /// Weapons.
        Weapons = "weapons", "weapons";
    }
}

words! {
    /// Who besides the licensee may use the corpus.
    Sharing {
        /// Nobody.
        Nobody = "nobody", "nobody but the licensee";
        /// Contractors working for the licensee only.
        Contractors = "contractors", "the licensee and contractors working for it alone";
        /// Companies it controls.
        Affiliates = "affiliates", "the licensee and companies it controls";
    }
}

words! {
    /// How weights of a trained model may be given away.
    Weights {
        /// Not at all.
        Closed = "closed", "may not be released";
        /// To known people under terms.
        Gated = "gated", "may be released to named people under terms";
        /// To anyone.
        Open = "open", "may be released to anyone";
    }
}

words! {
    /// What happens to models at the end.
    Afterwards {
        /// Taken out of use.
        Retire = "retire", "models trained on the corpus are retired at the end";
        /// Kept, nothing new.
        StopTraining = "stop_training", "models in use may stay in use, no new training";
        /// Kept for ever.
        Keep = "keep", "models may be kept and developed on";
    }
}

words! {
    /// Imitating a person.
    Likeness {
        /// Never.
        Prohibited = "prohibited", "imitating any member's voice, style or identity is prohibited";
        /// Where the person says yes.
        NamedConsent = "named_consent", "imitating a member needs that member's own written consent";
    }
}

words! {
    /// Products that take the members' place.
    Competition {
        /// Not allowed.
        Prohibited = "prohibited", "no product may replace the members in their own jobs";
        /// Allowed.
        Permitted = "permitted", "products may compete with the members' work";
    }
}

words! {
    /// How often the licensee reports its use.
    Reports {
        /// Each month.
        Monthly = "monthly", "every month";
        /// Each quarter.
        Quarterly = "quarterly", "every quarter";
        /// Each year.
        Yearly = "yearly", "every year";
    }
}

words! {
    /// What the cooperative may inspect.
    Audit {
        /// An outside auditor every year.
        Yearly = "yearly", "an independent auditor every year, at the licensee's cost";
        /// After an incident.
        Incident = "incident", "an independent auditor after an incident";
        /// Written questions.
        Questions = "questions", "written questions answered within 30 days";
    }
}

words! {
    /// What a member's withdrawal does to a delivered revision.
    Withdrawal {
        /// Delete at once.
        Purge = "purge", "withdrawn records are deleted within 30 days";
        /// Leave out next time.
        NextTraining = "next_training", "withdrawn records are left out of the next training and deleted";
        /// Only later revisions.
        FutureOnly = "future_only", "withdrawn records are left out of later revisions";
    }
}

words! {
    /// Naming the source.
    Attribution {
        /// The cooperative is named.
        Collective = "collective", "the cooperative is named wherever sources are";
        /// Nobody is named.
        Unnamed = "unnamed", "no attribution";
    }
}

/// The terms of a licence. The order of fields is the order of the canonical JSON that is hashed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TermSheet {
    /// Permitted uses; every other use is prohibited.
    pub uses: BTreeSet<Use>,
    /// Sensitive purposes that are permitted all the same; normally none.
    pub sensitive: BTreeSet<Sensitive>,
    /// Kind of buyer the terms are for.
    pub class: BuyerClass,
    /// Who may share in it.
    pub sharing: Sharing,
    /// Release of weights.
    pub weights: Weights,
    /// Whether the cooperative may licence the same to nobody else meanwhile.
    pub exclusive: bool,
    /// ISO 3166-1 alpha-2 codes; `WORLD` alone means everywhere; empty permits nowhere.
    pub territory: BTreeSet<String>,
    /// Months from issue to end.
    pub months: u16,
    /// Models after the end.
    pub afterwards: Afterwards,
    /// Days after the end within which raw copies are deleted and the deletion certified.
    pub delete_days: u16,
    /// Attribution.
    pub attribution: Attribution,
    /// Likeness.
    pub likeness: Likeness,
    /// Competition with members' work.
    pub competition: Competition,
    /// Reports of use.
    pub reports: Reports,
    /// Audit.
    pub audit: Audit,
    /// Effect of withdrawal.
    pub withdrawal: Withdrawal,
    /// Days within which an invoice is paid.
    pub net_days: u16,
    /// Interest on late payment, basis points a year.
    pub late_interest_bp: u16,
    /// Governing law, as the parties name it.
    pub law: String,
    /// The price; a model sheet adopted by members has none, the floors stand beside it.
    pub price: Option<Price>,
}

impl TermSheet {
    /// A sheet that permits the least: evaluation only, for a year, in no territory yet.
    #[must_use]
    pub fn strictest(class: BuyerClass) -> Self {
        Self {
            uses: BTreeSet::from([Use::Evaluate]),
            sensitive: BTreeSet::new(),
            class,
            sharing: Sharing::Nobody,
            weights: Weights::Closed,
            exclusive: false,
            territory: BTreeSet::new(),
            months: 12,
            afterwards: Afterwards::Retire,
            delete_days: 30,
            attribution: Attribution::Collective,
            likeness: Likeness::Prohibited,
            competition: Competition::Prohibited,
            reports: Reports::Quarterly,
            audit: Audit::Yearly,
            withdrawal: Withdrawal::Purge,
            net_days: 30,
            late_interest_bp: 800,
            law: String::new(),
            price: None,
        }
    }

    /// The titles of the clauses in which `self` allows more than `limit` does. Empty means that
    /// whoever may agree to `limit` may agree to `self`. Price is the floor's matter, not this one's.
    #[must_use]
    pub fn beyond(&self, limit: &Self) -> Vec<&'static str> {
        let world = |sheet: &Self| sheet.territory.contains("WORLD");
        let freer = [
            ("Permitted uses", !self.uses.is_subset(&limit.uses)),
            ("Sensitive purposes", !self.sensitive.is_subset(&limit.sensitive)),
            ("Sharing", self.sharing > limit.sharing),
            ("Model weights", self.weights > limit.weights),
            ("Exclusivity", self.exclusive && !limit.exclusive),
            ("Territory", !world(limit) && !self.territory.is_subset(&limit.territory)),
            ("Term", self.months > limit.months),
            ("After the end", self.afterwards > limit.afterwards || self.delete_days > limit.delete_days),
            ("Attribution", self.attribution > limit.attribution),
            ("Likeness", self.likeness > limit.likeness),
            ("Competition", self.competition > limit.competition),
            ("Reports of use", self.reports > limit.reports),
            ("Audit", self.audit > limit.audit),
            ("Withdrawal", self.withdrawal > limit.withdrawal),
            ("Payment", self.net_days > limit.net_days || self.late_interest_bp < limit.late_interest_bp),
        ];
        freer.into_iter().filter(|(_, more)| *more).map(|(title, _)| title).collect()
    }
}
