"""Account, taxes and analytic accounts of a service, as on a manual invoice."""


def income_account(product, company, position):
    """Return the account that an invoice line gets from its service.

    :param product: elevated
    :param position: the fiscal position of the invoice, or none
    """
    template = product.with_company(company).product_tmpl_id
    return template.get_product_accounts(position)["income"]


def analytic_distribution(product, company, partner, account, related):
    """Return the analytic distribution that an invoice line for a service gets.

    The accounts of the project, and the distribution models for all other plans.

    :param partner: the customer of the invoice (elevated)
    :param related: the distribution to the project's own accounts, by Odoo's keys
    """
    env = product.env
    partner = partner.commercial_partner_id
    accounts = env["account.analytic.account"].browse(
        {int(key) for keys in related for key in keys.split(",") if key.strip()}
    )
    models = env["account.analytic.distribution.model"].with_company(company)
    found = models._get_distribution(
        {
            "product_id": product.id,
            "product_categ_id": product.categ_id.id,
            "partner_id": partner.id,
            "partner_category_id": partner.category_id.ids,
            "account_prefix": account.with_company(company).code,
            "company_id": company.id,
            "related_root_plan_ids": accounts.exists().root_plan_id,
        }
    )
    return {**related, **found}


def taxes_of(product, company, position):
    """Return the taxes that Odoo puts on an invoice line for a service.

    Those of the service, or where it has none in this company those of its income
    account; then what the fiscal position makes of them.

    :param product: elevated
    :param position: the fiscal position of the invoice, or none
    """
    own = product.taxes_id
    own = own.filtered_domain(own._check_company_domain(company)) if own else own
    if not own:
        account = income_account(product, company, position)
        own = account.tax_ids.filtered(lambda tax: tax.type_tax_use == "sale")
    own = own._filter_taxes_by_company(company) if own else own
    return position.map_tax(own) if position and own else own
