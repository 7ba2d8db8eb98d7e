// Written by bin/schema from migrations/source; edit there.

diesel::table! {
    hall (name) {
        name -> Text,
        value -> Text,
    }
}

diesel::table! {
    signing_keys (kid) {
        kid -> Text,
        public_key -> Text,
        sealed -> Binary,
        created_at -> BigInt,
        retired_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    journal_entries (chain, id) {
        chain -> Text,
        id -> Text,
        at -> BigInt,
        kind -> Text,
        subject -> Text,
        facts -> Text,
        digest -> Text,
    }
}

diesel::table! {
    journal_pending (chain, entry_id) {
        chain -> Text,
        entry_id -> Text,
    }
}

diesel::table! {
    journal_chains (chain) {
        chain -> Text,
        height -> BigInt,
        hash -> Text,
    }
}

diesel::table! {
    journal_links (chain, height) {
        chain -> Text,
        height -> BigInt,
        entry_id -> Text,
        hash -> Text,
    }
}

diesel::table! {
    journal_heads (chain, height) {
        chain -> Text,
        height -> BigInt,
        hash -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    outbox (id) {
        id -> Text,
        coop_id -> Nullable<Text>,
        recipient -> Text,
        subject -> Text,
        body -> Text,
        queued_at -> BigInt,
        next_at -> BigInt,
        attempts -> BigInt,
        sent_at -> Nullable<BigInt>,
        bounced_at -> Nullable<BigInt>,
        fault -> Nullable<Text>,
    }
}

diesel::table! {
    jobs (id) {
        id -> Text,
        coop_id -> Nullable<Text>,
        kind -> Text,
        payload -> Text,
        queued_at -> BigInt,
        run_at -> BigInt,
        attempts -> BigInt,
        claimed_until -> Nullable<BigInt>,
        done_at -> Nullable<BigInt>,
        fault -> Nullable<Text>,
    }
}

diesel::table! {
    rate_buckets (bucket) {
        bucket -> Text,
        level -> BigInt,
        at -> BigInt,
    }
}

diesel::table! {
    form_keys (owner, key) {
        owner -> Text,
        key -> Text,
        body -> Text,
        location -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    blobs (coop_id, digest) {
        coop_id -> Text,
        digest -> Text,
        bytes -> BigInt,
        purpose -> Text,
        stored_at -> BigInt,
    }
}

diesel::table! {
    accounts (id) {
        id -> Text,
        email -> Text,
        name -> Text,
        password -> Text,
        created_at -> BigInt,
        verified_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    sessions (token) {
        token -> Text,
        account_id -> Text,
        label -> Text,
        created_at -> BigInt,
        last_seen -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    account_tokens (token) {
        token -> Text,
        account_id -> Text,
        purpose -> Text,
        email -> Text,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    coops (id) {
        id -> Text,
        slug -> Text,
        name -> Text,
        purpose -> Text,
        currency -> Text,
        zone -> Text,
        founded_at -> BigInt,
    }
}

diesel::table! {
    bylaws (coop_id, version) {
        coop_id -> Text,
        version -> BigInt,
        body -> Text,
        proposal_id -> Nullable<Text>,
        in_force_at -> BigInt,
    }
}

diesel::table! {
    members (coop_id, id) {
        coop_id -> Text,
        id -> Text,
        account_id -> Text,
        number -> BigInt,
        joined_at -> BigInt,
        votes_from -> BigInt,
    }
}

diesel::table! {
    invitations (coop_id, id) {
        coop_id -> Text,
        id -> Text,
        token -> Text,
        email -> Text,
        invited_by -> Text,
        at -> BigInt,
        expires_at -> BigInt,
        application_id -> Nullable<Text>,
    }
}

diesel::table! {
    applications (coop_id, id) {
        coop_id -> Text,
        id -> Text,
        account_id -> Text,
        evidence -> Text,
        note -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    application_reviews (coop_id, application_id, reviewer_id) {
        coop_id -> Text,
        application_id -> Text,
        reviewer_id -> Text,
        verdict -> Text,
        reason -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    standing_events (coop_id, id) {
        coop_id -> Text,
        id -> Text,
        member_id -> Text,
        kind -> Text,
        reason -> Text,
        by_member -> Text,
        at -> BigInt,
        effective_at -> BigInt,
    }
}

diesel::table! {
    role_grants (coop_id, id) {
        coop_id -> Text,
        id -> Text,
        member_id -> Text,
        role -> Text,
        granted_by -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    role_revocations (coop_id, grant_id) {
        coop_id -> Text,
        grant_id -> Text,
        revoked_by -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    complaints (coop_id, id) {
        coop_id -> Text,
        id -> Text,
        member_id -> Text,
        number -> BigInt,
        concerns -> Nullable<Text>,
        subject -> Text,
        body -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    complaint_answers (coop_id, complaint_id) {
        coop_id -> Text,
        complaint_id -> Text,
        body -> Text,
        answered_by -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    authorisations (coop_id, id) {
        coop_id -> Text,
        id -> Text,
        member_id -> Text,
        kind -> Text,
        purpose -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    authorisation_withdrawals (coop_id, authorisation_id) {
        coop_id -> Text,
        authorisation_id -> Text,
        at -> BigInt,
        effective_at -> BigInt,
    }
}

diesel::table! {
    contributors (coop_id, id) {
        coop_id -> Text,
        id -> Text,
        pseudonym -> Nullable<Text>,
        member_id -> Nullable<Text>,
        at -> BigInt,
    }
}

diesel::table! {
    claims (coop_id, id) {
        coop_id -> Text,
        id -> Text,
        contributor_id -> Text,
        member_id -> Text,
        evidence -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    claim_rulings (coop_id, claim_id) {
        coop_id -> Text,
        claim_id -> Text,
        verdict -> Text,
        reason -> Text,
        ruled_by -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    bases (coop_id, id) {
        coop_id -> Text,
        id -> Text,
        kind -> Text,
        name -> Text,
        source -> Text,
        body -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    batches (coop_id, id) {
        coop_id -> Text,
        id -> Text,
        number -> BigInt,
        file_name -> Text,
        format -> Text,
        upload -> Text,
        bytes -> BigInt,
        kind -> Text,
        mapping -> Nullable<Text>,
        basis_id -> Nullable<Text>,
        uploaded_by -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    batch_progress (coop_id, batch_id) {
        coop_id -> Text,
        batch_id -> Text,
        lines -> BigInt,
        bytes -> BigInt,
        known -> BigInt,
        at -> BigInt,
        fault -> Nullable<Text>,
    }
}

diesel::table! {
    batch_completions (coop_id, batch_id) {
        coop_id -> Text,
        batch_id -> Text,
        lines -> BigInt,
        added -> BigInt,
        known -> BigInt,
        repeats -> BigInt,
        empty -> BigInt,
        refused -> BigInt,
        changed -> BigInt,
        people -> BigInt,
        at -> BigInt,
    }
}

diesel::table! {
    batch_findings (coop_id, batch_id, line, finding) {
        coop_id -> Text,
        batch_id -> Text,
        line -> BigInt,
        finding -> Text,
        source_key -> Text,
        reason -> Text,
    }
}

diesel::table! {
    screenings (coop_id, batch_id) {
        coop_id -> Text,
        batch_id -> Text,
        statement -> Text,
        screened_by -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    records (coop_id, id) {
        coop_id -> Text,
        id -> Text,
        batch_id -> Text,
        line -> BigInt,
        kind -> Text,
        source_key -> Text,
        happened_at -> Nullable<BigInt>,
        language -> Text,
        parts -> BigInt,
        words -> BigInt,
        bytes -> BigInt,
        salt -> Binary,
        leaf -> Text,
        sameness -> Text,
        repeat_of -> Nullable<Text>,
        pack -> Text,
        ordinal -> BigInt,
    }
}

diesel::table! {
    record_contributors (coop_id, record_id, position) {
        coop_id -> Text,
        record_id -> Text,
        position -> BigInt,
        contributor_id -> Text,
        role -> Text,
        share -> BigInt,
        of_shares -> BigInt,
        words -> BigInt,
    }
}

diesel::table! {
    tombstones (coop_id, record_id) {
        coop_id -> Text,
        record_id -> Text,
        reason -> Text,
        by_member -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    corpora (coop_id, id) {
        coop_id -> Text,
        id -> Text,
        number -> BigInt,
        slug -> Text,
        name -> Text,
        about -> Text,
        filter -> Text,
        made_by -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    revisions (coop_id, id) {
        coop_id -> Text,
        id -> Text,
        corpus_id -> Text,
        number -> BigInt,
        filter -> Text,
        uses -> Text,
        started_by -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    revision_records (coop_id, revision_id, position) {
        coop_id -> Text,
        revision_id -> Text,
        position -> BigInt,
        record_id -> Text,
        leaf -> Text,
    }
}

diesel::table! {
    freezes (coop_id, revision_id) {
        coop_id -> Text,
        revision_id -> Text,
        root -> Text,
        records -> BigInt,
        contributors -> BigInt,
        words -> BigInt,
        bytes -> BigInt,
        languages -> Text,
        from_at -> Nullable<BigInt>,
        to_at -> Nullable<BigInt>,
        manifest -> Text,
        manifest_hash -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    freeze_abandonments (coop_id, revision_id) {
        coop_id -> Text,
        revision_id -> Text,
        reason -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    revision_files (coop_id, revision_id, name) {
        coop_id -> Text,
        revision_id -> Text,
        name -> Text,
        media_type -> Text,
        bytes -> BigInt,
        digest -> Text,
    }
}

diesel::table! {
    proposals (coop_id, id) {
        coop_id -> Text,
        id -> Text,
        number -> BigInt,
        kind -> Text,
        matter -> Text,
        matter_hash -> Text,
        title -> Text,
        body -> Text,
        drafted_by -> Nullable<Text>,
        drafted_at -> BigInt,
    }
}

diesel::table! {
    notice_orders (coop_id, proposal_id) {
        coop_id -> Text,
        proposal_id -> Text,
        bylaws_version -> BigInt,
        level -> Text,
        ordered_by -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    notices (coop_id, proposal_id) {
        coop_id -> Text,
        proposal_id -> Text,
        text -> Text,
        notice_hash -> Text,
        level -> Text,
        choices -> BigInt,
        quorum_bp -> BigInt,
        threshold_bp -> BigInt,
        roll_count -> BigInt,
        roll_root -> Text,
        joined -> BigInt,
        departed -> BigInt,
        noticed_by -> Text,
        at -> BigInt,
        opens_at -> BigInt,
        closes_at -> BigInt,
    }
}

diesel::table! {
    roll (coop_id, proposal_id, member_id) {
        coop_id -> Text,
        proposal_id -> Text,
        member_id -> Text,
        position -> BigInt,
        salt -> Binary,
        leaf -> Text,
    }
}

diesel::table! {
    challenges (coop_id, id) {
        coop_id -> Text,
        id -> Text,
        proposal_id -> Text,
        member_id -> Text,
        body -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    challenge_answers (coop_id, challenge_id) {
        coop_id -> Text,
        challenge_id -> Text,
        body -> Text,
        answered_by -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    cancellations (coop_id, proposal_id) {
        coop_id -> Text,
        proposal_id -> Text,
        reason -> Text,
        cancelled_by -> Nullable<Text>,
        at -> BigInt,
    }
}

diesel::table! {
    ballot_keys (coop_id, proposal_id) {
        coop_id -> Text,
        proposal_id -> Text,
        sealed -> Binary,
    }
}

diesel::table! {
    ballots (coop_id, proposal_id, member_id, version) {
        coop_id -> Text,
        proposal_id -> Text,
        member_id -> Text,
        version -> BigInt,
        choice -> Nullable<BigInt>,
        envelope -> Binary,
        at -> BigInt,
    }
}

diesel::table! {
    closures (coop_id, proposal_id) {
        coop_id -> Text,
        proposal_id -> Text,
        ballots -> BigInt,
        at -> BigInt,
    }
}

diesel::table! {
    counted_ballots (coop_id, proposal_id, position) {
        coop_id -> Text,
        proposal_id -> Text,
        position -> BigInt,
        choice -> BigInt,
    }
}

diesel::table! {
    counted_receipts (coop_id, proposal_id, receipt) {
        coop_id -> Text,
        proposal_id -> Text,
        receipt -> Text,
    }
}

diesel::table! {
    decisions (coop_id, proposal_id) {
        coop_id -> Text,
        proposal_id -> Text,
        outcome -> Text,
        level -> Nullable<BigInt>,
        explanation -> Text,
        record -> Text,
        record_hash -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    enactments (coop_id, proposal_id) {
        coop_id -> Text,
        proposal_id -> Text,
        effect -> Nullable<Text>,
        because -> Nullable<Text>,
        at -> BigInt,
    }
}

diesel::table! {
    model_terms (coop_id, version) {
        coop_id -> Text,
        version -> BigInt,
        class -> Text,
        sheet -> Text,
        sheet_hash -> Text,
        proposal_id -> Text,
        in_force_at -> BigInt,
    }
}

diesel::table! {
    floors (coop_id, id) {
        coop_id -> Text,
        id -> Text,
        purpose -> Text,
        class -> Text,
        unit -> Text,
        currency -> Text,
        rate -> BigInt,
        proposal_id -> Text,
        in_force_at -> BigInt,
    }
}

diesel::table! {
    withholdings (coop_id, proposal_id) {
        coop_id -> Text,
        proposal_id -> Text,
        stop -> BigInt,
        in_force_at -> BigInt,
    }
}

diesel::table! {
    buyers (id) {
        id -> Text,
        name -> Text,
        country -> Text,
        registration -> Text,
        class -> Text,
        purpose -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    buyer_users (buyer_id, account_id) {
        buyer_id -> Text,
        account_id -> Text,
        signatory -> BigInt,
        at -> BigInt,
    }
}

diesel::table! {
    buyer_invitations (token) {
        token -> Text,
        buyer_id -> Text,
        email -> Text,
        signatory -> BigInt,
        invited_by -> Text,
        at -> BigInt,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    negotiations (coop_id, id) {
        coop_id -> Text,
        id -> Text,
        number -> BigInt,
        buyer_id -> Text,
        corpus_id -> Text,
        revision_id -> Text,
        purpose -> Text,
        requested_by -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    offers (coop_id, id) {
        coop_id -> Text,
        id -> Text,
        negotiation_id -> Text,
        version -> BigInt,
        side -> Text,
        sheet -> Text,
        sheet_hash -> Text,
        total -> BigInt,
        currency -> Text,
        note -> Text,
        made_by -> Text,
        at -> BigInt,
        valid_until -> BigInt,
    }
}

diesel::table! {
    refused_offers (coop_id, id) {
        coop_id -> Text,
        id -> Text,
        negotiation_id -> Nullable<Text>,
        buyer_id -> Text,
        revision_id -> Text,
        path -> Text,
        side -> Text,
        total -> BigInt,
        floor_total -> BigInt,
        floor_id -> Text,
        words -> Text,
        made_by -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    acceptances (coop_id, negotiation_id, offer_id) {
        coop_id -> Text,
        negotiation_id -> Text,
        offer_id -> Text,
        account_id -> Text,
        signatory_name -> Text,
        signatory_role -> Text,
        authority -> Text,
        order_number -> Text,
        text_hash -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    ratifications (coop_id, offer_id) {
        coop_id -> Text,
        negotiation_id -> Text,
        offer_id -> Text,
        proposal_id -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    agreements (coop_id, negotiation_id) {
        coop_id -> Text,
        negotiation_id -> Text,
        offer_id -> Text,
        proposal_id -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    terminations (coop_id, negotiation_id) {
        coop_id -> Text,
        negotiation_id -> Text,
        side -> Text,
        reason -> Text,
        by_account -> Nullable<Text>,
        at -> BigInt,
    }
}

diesel::table! {
    licences (coop_id, id) {
        coop_id -> Text,
        id -> Text,
        number -> BigInt,
        negotiation_id -> Text,
        offer_id -> Text,
        buyer_id -> Text,
        proposal_id -> Text,
        revision_id -> Text,
        sheet -> Text,
        sheet_hash -> Text,
        corpus_root -> Text,
        decision_hash -> Text,
        floors -> Text,
        journal_height -> BigInt,
        journal_hash -> Text,
        total -> BigInt,
        currency -> Text,
        kid -> Text,
        jwt -> Text,
        issued_by -> Text,
        issued_at -> BigInt,
        ends_at -> BigInt,
    }
}

diesel::table! {
    revocations (coop_id, licence_id) {
        coop_id -> Text,
        licence_id -> Text,
        ground -> Text,
        reason -> Text,
        revoked_by -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    delivery_tokens (coop_id, token) {
        coop_id -> Text,
        token -> Text,
        licence_id -> Text,
        kind -> Text,
        label -> Text,
        made_by -> Text,
        at -> BigInt,
        expires_at -> BigInt,
        revoked_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    deliveries (coop_id, id) {
        coop_id -> Text,
        id -> Text,
        licence_id -> Text,
        revision_id -> Text,
        name -> Text,
        digest -> Text,
        first_byte -> BigInt,
        last_byte -> BigInt,
        token -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    usage_reports (coop_id, id) {
        coop_id -> Text,
        id -> Text,
        licence_id -> Text,
        period_from -> Text,
        period_to -> Text,
        purpose -> Text,
        model -> Text,
        note -> Text,
        reported_by -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    ledger_transactions (coop_id, id) {
        coop_id -> Text,
        id -> Text,
        kind -> Text,
        memo -> Text,
        fields -> Text,
        proposal_id -> Nullable<Text>,
        posted_by -> Nullable<Text>,
        at -> BigInt,
    }
}

diesel::table! {
    postings (coop_id, transaction_id, position) {
        coop_id -> Text,
        transaction_id -> Text,
        position -> BigInt,
        account -> Text,
        amount -> BigInt,
        currency -> Text,
    }
}

diesel::table! {
    balances (coop_id, account, currency) {
        coop_id -> Text,
        account -> Text,
        root -> Text,
        currency -> Text,
        amount -> BigInt,
    }
}

diesel::table! {
    receipts (coop_id, id) {
        coop_id -> Text,
        id -> Text,
        number -> BigInt,
        licence_id -> Text,
        amount -> BigInt,
        currency -> Text,
        reference -> Text,
        received_on -> Text,
        recorded_by -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    budgets (coop_id, proposal_id) {
        coop_id -> Text,
        proposal_id -> Text,
        line -> Text,
        amount -> BigInt,
        currency -> Text,
        in_force_at -> BigInt,
    }
}

diesel::table! {
    manual_entries (coop_id, id) {
        coop_id -> Text,
        id -> Text,
        number -> BigInt,
        kind -> Text,
        line -> Text,
        amount -> BigInt,
        currency -> Text,
        memo -> Text,
        receipt_id -> Nullable<Text>,
        proposed_by -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    entry_rulings (coop_id, entry_id) {
        coop_id -> Text,
        entry_id -> Text,
        verdict -> Text,
        reason -> Text,
        ruled_by -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    splits (coop_id, version) {
        coop_id -> Text,
        version -> BigInt,
        body -> Text,
        proposal_id -> Text,
        in_force_at -> BigInt,
    }
}

diesel::table! {
    runs (coop_id, id) {
        coop_id -> Text,
        id -> Text,
        number -> BigInt,
        receipt_id -> Text,
        split_version -> BigInt,
        salt -> Binary,
        input -> Text,
        input_hash -> Text,
        output_hash -> Text,
        lines -> BigInt,
        records -> Text,
        words -> Text,
        amount -> BigInt,
        currency -> Text,
        proposed_by -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    run_lines (coop_id, run_id, position) {
        coop_id -> Text,
        run_id -> Text,
        position -> BigInt,
        payee -> Text,
        records -> Text,
        words -> Text,
        amount -> BigInt,
    }
}

diesel::table! {
    run_rulings (coop_id, run_id) {
        coop_id -> Text,
        run_id -> Text,
        verdict -> Text,
        reason -> Text,
        ruled_by -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    payout_details (coop_id, member_id) {
        coop_id -> Text,
        member_id -> Text,
        method -> Text,
        holder -> Text,
        number -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    payouts (coop_id, id) {
        coop_id -> Text,
        id -> Text,
        number -> BigInt,
        total -> BigInt,
        currency -> Text,
        listed_by -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    payout_lines (coop_id, payout_id, contributor_id) {
        coop_id -> Text,
        payout_id -> Text,
        contributor_id -> Text,
        amount -> BigInt,
        details_hash -> Text,
    }
}

diesel::table! {
    payout_rulings (coop_id, payout_id) {
        coop_id -> Text,
        payout_id -> Text,
        verdict -> Text,
        reason -> Text,
        ruled_by -> Text,
        at -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    hall,
    signing_keys,
    journal_entries,
    journal_pending,
    journal_chains,
    journal_links,
    journal_heads,
    outbox,
    jobs,
    rate_buckets,
    form_keys,
    blobs,
    accounts,
    sessions,
    account_tokens,
    coops,
    bylaws,
    members,
    invitations,
    applications,
    application_reviews,
    standing_events,
    role_grants,
    role_revocations,
    complaints,
    complaint_answers,
    authorisations,
    authorisation_withdrawals,
    contributors,
    claims,
    claim_rulings,
    bases,
    batches,
    batch_progress,
    batch_completions,
    batch_findings,
    screenings,
    records,
    record_contributors,
    tombstones,
    corpora,
    revisions,
    revision_records,
    freezes,
    freeze_abandonments,
    revision_files,
    proposals,
    notice_orders,
    notices,
    roll,
    challenges,
    challenge_answers,
    cancellations,
    ballot_keys,
    ballots,
    closures,
    counted_ballots,
    counted_receipts,
    decisions,
    enactments,
    model_terms,
    floors,
    withholdings,
    buyers,
    buyer_users,
    buyer_invitations,
    negotiations,
    offers,
    refused_offers,
    acceptances,
    ratifications,
    agreements,
    terminations,
    licences,
    revocations,
    delivery_tokens,
    deliveries,
    usage_reports,
    ledger_transactions,
    postings,
    balances,
    receipts,
    budgets,
    manual_entries,
    entry_rulings,
    splits,
    runs,
    run_lines,
    run_rulings,
    payout_details,
    payouts,
    payout_lines,
    payout_rulings,
);
