"""The pages for people, in French, rendered by the server and usable without JavaScript."""

from mapapp.pages import (
    about,
    adresses,
    carte,
    correspondance,
    dessin,
    donnees,
    embed,
    exports,
    initiatives,
    integrer,
    oembed,
    pres_de_moi,
    qpv,
    qpv_sans_exemple,
    ressources,
    sitemap,
    territoires,
)

#: Every page, in the order in which the menu names them.
BLUEPRINTS = (
    carte.bp,
    dessin.bp,
    pres_de_moi.bp,
    adresses.bp,
    initiatives.bp,
    ressources.bp,
    qpv.bp,
    correspondance.bp,
    qpv_sans_exemple.bp,
    exports.bp,
    territoires.bp,
    donnees.bp,
    embed.bp,
    integrer.bp,
    oembed.bp,
    about.bp,
    sitemap.bp,
)
